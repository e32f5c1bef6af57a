package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.outrider.proxywasm.engine.GuestTrapException.Kind;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class WasmInstanceTest {
  private static final String NUMBERS =
      """
      (module
        (func (export "none"))
        (func (export "sum") (param i32 i64 f32 f64 i32) (result i64)
          (i64.add
            (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))
            (i64.add
              (i64.add (i64.trunc_f32_s (local.get 2)) (i64.trunc_f64_s (local.get 3)))
              (i64.extend_i32_s (local.get 4)))))
        (func (export "half") (param f64) (result f64)
          (f64.div (local.get 0) (f64.const 2)))
        (func (export "six") (param i32 i32 i32 i32 i32 i32) (result i32)
          (local.get 5))
        (func (export "pair") (result i32 i32) (i32.const 1) (i32.const 2)))
      """;

  @Test
  void passesEveryNumberTypeInAndOut() {
    var instance = Guests.start(NUMBERS);
    var module = instance.module();

    long sum =
        instance.call(
            module.exportIndex("sum"),
            -1,
            1L << 40,
            Float.floatToRawIntBits(3.5f),
            Double.doubleToRawLongBits(4.25),
            -2);
    long half = Guests.call(instance, "half", Double.doubleToRawLongBits(5));

    assertThat(sum).as("-1 + 2^40 + 3 + 4 - 2").isEqualTo((1L << 40) + 4);
    assertThat(Double.longBitsToDouble(half)).as("5 / 2").isEqualTo(2.5);
    assertThat(Guests.call(instance, "none")).as("result of a void function").isZero();
  }

  @Test
  void callsFunctionsThatHaveNoDirectCase() {
    var instance = Guests.start(NUMBERS);

    assertThat(Guests.call(instance, "pair")).as("first of two results").isEqualTo(1);
    assertThat(instance.module().exportedFunction("six"))
        .as("shape of an export with more parameters than a direct call carries")
        .hasToString("(i32, i32, i32, i32, i32, i32) -> i32");
  }

  @Test
  void handsArgumentsToTheHostAndItsAnswerToTheGuest() {
    var module =
        Guests.compile(
            """
            (module
              (import "env" "mix" (func $mix (param i32 i64 f64) (result f32)))
              (func (export "run") (result f32)
                (call $mix (i32.const -7) (i64.const 8) (f64.const 0.5))))
            """);
    var seen = new AtomicReference<long[]>();
    var instance =
        Guests.start(
            module,
            Guests.bind(
                module,
                (_, args) -> {
                  seen.set(args.clone());
                  return Float.floatToRawIntBits(1.25f);
                }));

    long result = Guests.call(instance, "run");

    assertThat(seen.get())
        .as("arguments seen by the host")
        .containsExactly(-7, 8, Double.doubleToRawLongBits(0.5));
    assertThat(Float.intBitsToFloat((int) result)).as("answer").isEqualTo(1.25f);
  }

  @Test
  void callsTheHostThroughATable() {
    var module =
        Guests.compile(
            """
            (module
              (import "env" "twice" (func $twice (param i32) (result i32)))
              (type $t (func (param i32) (result i32)))
              (table 1 funcref)
              (elem (i32.const 0) $twice)
              (func (export "run") (param i32) (result i32)
                (call_indirect (type $t) (local.get 0) (i32.const 0))))
            """);
    var instance = Guests.start(module, Guests.bind(module, (_, args) -> 2 * args[0]));

    assertThat(Guests.call(instance, "run", 21)).as("2 x 21").isEqualTo(42);
  }

  @Test
  void keepsTheArgumentsOfAHostCallThatRunsTheGuestAgain() {
    var module =
        Guests.compile(
            """
            (module
              (import "env" "host" (func $host (param i32) (result i32)))
              (func (export "run") (param i32) (result i32) (call $host (local.get 0))))
            """);
    var instance =
        Guests.start(
            module,
            Guests.bind(
                module,
                (self, args) -> {
                  if (args[0] == 0) {
                    return 100;
                  }
                  long inner = Guests.call(self, "run", args[0] - 1);
                  return inner + args[0];
                }));

    assertThat(Guests.call(instance, "run", 9)).as("100 + 1 + ... + 9").isEqualTo(145);
  }

  @Test
  void refusesToStartWithoutABindingOfTheRightShape() {
    var module =
        Guests.compile("(module (import \"env\" \"gone\" (func (param i32) (result i32))))");

    assertThatThrownBy(() -> Guests.start(module))
        .isInstanceOf(CompileRefusedException.class)
        .hasMessageContaining("module 'guest'")
        .hasMessageContaining("env.gone (i32) -> i32");
  }

  @Test
  void runsTheStartSectionButNeitherInitializeNorStart() {
    var instance =
        Guests.start(
            """
            (module
              (global $steps (mut i32) (i32.const 0))
              (func $step (param i32)
                (global.set $steps (i32.add (global.get $steps) (local.get 0))))
              (func $begin (call $step (i32.const 1)))
              (func (export "_initialize") (call $step (i32.const 10)))
              (func (export "_start") (call $step (i32.const 100)))
              (func (export "steps") (result i32) (global.get $steps))
              (start $begin))
            """);

    assertThat(Guests.call(instance, "steps")).as("start section only").isEqualTo(1);
  }

  @Test
  void namesTheGuestFunctionsOfATrap() {
    var instance =
        Guests.start(
            Guests.compileNamed(
                """
                (module
                  (func $inner unreachable)
                  (func $outer (export "run") (call $inner)))
                """,
                "inner",
                "outer"));

    var trap = trapOf(() -> Guests.call(instance, "run"));

    assertThat(trap.kind()).as("kind").isEqualTo(Kind.TRAP);
    assertThat(trap.getMessage()).as("message").containsIgnoringCase("unreachable");
    assertThat(trap.guestStack()).as("guest stack").containsExactly("inner", "outer");
  }

  @Test
  void tellsBadMemoryAccessAndBadArithmeticApart() {
    var text =
        """
        (module
          (memory 1)
          (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "store") (param i32) (i64.store offset=4 (local.get 0) (i64.const 1)))
          (func (export "divide") (param i32) (result i32)
            (i32.div_s (i32.const 1) (local.get 0))))
        """;
    var module = Guests.compile(text);

    assertThat(trapOf(() -> Guests.call(Guests.start(module), "load", 65_533)).kind())
        .as("load across the end")
        .isEqualTo(Kind.OUT_OF_BOUNDS);
    assertThat(trapOf(() -> Guests.call(Guests.start(module), "load", -1)).kind())
        .as("load at a negative address")
        .isEqualTo(Kind.OUT_OF_BOUNDS);
    assertThat(trapOf(() -> Guests.call(Guests.start(module), "store", 0x7FFFFFFF)).kind())
        .as("store at an address that overflows")
        .isEqualTo(Kind.OUT_OF_BOUNDS);
    assertThat(trapOf(() -> Guests.call(Guests.start(module), "divide", 0)).kind())
        .as("division by zero")
        .isEqualTo(Kind.TRAP);
  }

  @Test
  void turnsAnExhaustedStackIntoATrap() {
    var instance =
        Guests.start(
            Guests.compileNamed(
                """
                (module
                  (func $down (export "run") (param i32) (result i32)
                    (i32.add (i32.const 1) (call $down (local.get 0)))))
                """,
                "down"));

    var trap = trapOf(() -> Guests.call(instance, "run", 1));

    assertThat(trap.kind()).as("kind").isEqualTo(Kind.STACK_OVERFLOW);
    assertThat(trap.guestStack()).as("guest stack").contains("down");
  }

  @Test
  void letsTheHostEndTheGuest() {
    var module = importingOneFunction();
    final class Exit extends HostAbortException {
      private static final long serialVersionUID = 1;

      Exit() {
        super("exit 3");
      }
    }
    var exit = new Exit();
    var instance =
        Guests.start(
            module,
            Guests.bind(
                module,
                (_, _) -> {
                  throw exit;
                }));

    assertThatThrownBy(() -> Guests.call(instance, "run")).isSameAs(exit);
    assertThatThrownBy(() -> Guests.call(instance, "run"))
        .as("a second call of the dead instance")
        .isSameAs(exit);
  }

  @Test
  void reportsAHostThatThrowsAsABugOfTheHost() {
    var module = importingOneFunction();
    var bug = new IllegalArgumentException("bug");
    var instance =
        Guests.start(
            module,
            Guests.bind(
                module,
                (_, _) -> {
                  throw bug;
                }));

    var trap = trapOf(() -> Guests.call(instance, "run"));

    assertThat(trap.kind()).as("kind").isEqualTo(Kind.HOST);
    assertThat(trap).as("cause").hasCause(bug);
  }

  @Test
  void sharesCompiledCodeButNoStateBetweenInstances() throws InterruptedException {
    var module =
        Guests.compile(
            """
            (module
              (memory 1)
              (data (i32.const 0) "\\05")
              (global $calls (mut i32) (i32.const 0))
              (func (export "bump") (param i32) (result i32)
                (i32.store8 (i32.const 0)
                  (i32.add (i32.load8_u (i32.const 0)) (local.get 0)))
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                (i32.add (i32.mul (global.get $calls) (i32.const 1000))
                  (i32.load8_u (i32.const 0)))))
            """);
    int bump = module.exportIndex("bump");
    var results = new long[2];
    Runnable[] work = new Runnable[2];
    for (int i = 0; i < 2; i++) {
      int mine = i;
      work[i] =
          () -> {
            var instance = Guests.start(module);
            for (int n = 0; n < 100_000; n++) {
              results[mine] = instance.call(bump, mine);
            }
          };
    }

    var threads = List.of(Thread.ofPlatform().start(work[0]), Thread.ofPlatform().start(work[1]));
    for (var thread : threads) {
      thread.join();
    }

    assertThat(results[0]).as("5 + 100,000 x 0").isEqualTo(100_000L * 1000 + 5);
    assertThat(results[1])
        .as("(5 + 100,000 x 1) mod 256")
        .isEqualTo(100_000L * 1000 + (100_005 & 0xFF));
  }

  @Test
  void growsATableWithoutTellingOtherInstances() {
    var module =
        Guests.compile(
            """
            (module
              (table $t 2 20 funcref)
              (func (export "grow") (param i32) (result i32)
                (table.grow $t (ref.null func) (local.get 0)))
              (func (export "size") (result i32) (table.size $t)))
            """);
    var first = Guests.start(module);

    assertThat(Guests.call(first, "grow", 5)).as("old size").isEqualTo(2);
    assertThat(Guests.call(first, "size")).as("size of the grown table").isEqualTo(7);
    assertThat(Guests.call(Guests.start(module), "size")).as("size of a fresh one").isEqualTo(2);
  }

  private static CompiledModule importingOneFunction() {
    return Guests.compile(
        """
        (module
          (import "env" "host" (func $host))
          (func (export "run") (call $host)))
        """);
  }

  private static GuestTrapException trapOf(ThrowingCallable call) {
    return catchThrowableOfType(GuestTrapException.class, call);
  }
}
