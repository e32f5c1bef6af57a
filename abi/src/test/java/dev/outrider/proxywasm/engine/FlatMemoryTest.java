package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.outrider.proxywasm.engine.GuestTrapException.Kind;
import dev.outrider.proxywasm.host.MemoryPool;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FlatMemoryTest {
  private static final String MEMORY =
      """
      (module
        (memory 2 12)
        (data (i32.const 65530) "hello world")
        (data $later "passive")
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "pages") (result i32) (memory.size))
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
        (func (export "later") (param i32)
          (memory.init $later (local.get 0) (i32.const 0) (i32.const 7)))
        (func (export "fill") (param i32 i32)
          (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
        (func (export "copy") (param i32 i32)
          (memory.copy (local.get 0) (local.get 1) (i32.const 11))))
      """;

  private final CompiledModule module = Guests.compile(MEMORY);

  @Test
  void holdsItsDataSegments() {
    var instance = start(12);

    assertThat(new String(instance.memory().array(), 65_530, 11, StandardCharsets.US_ASCII))
        .as("active segment across a page")
        .isEqualTo("hello world");
    Guests.call(instance, "later", 100);
    assertThat(instance.memory().array()[106])
        .as("end of the passive segment")
        .isEqualTo((byte) 'e');
  }

  @Test
  void growsUntilItsLimitAndThenAnswersMinusOne() {
    var instance = start(5);

    assertThat(Guests.call(instance, "grow", 3)).as("old size").isEqualTo(2);
    assertThat((int) Guests.call(instance, "grow", 1)).as("beyond the host's limit").isEqualTo(-1);
    assertThat(Guests.call(instance, "pages")).as("size").isEqualTo(5);
    assertThat((int) Guests.call(start(100), "grow", 11)).as("beyond its own limit").isEqualTo(-1);
  }

  @Test
  void keepsItsContentsWhenItGrows() {
    var instance = start(12);
    Guests.call(instance, "store", 5, 77);

    for (int i = 2; i < 12; i++) {
      assertThat(Guests.call(instance, "grow", 1)).as("old size").isEqualTo(i);
      assertThat(Guests.call(instance, "load", 5)).as("byte 5 at %d pages", i).isEqualTo(77);
      assertThat(Guests.call(instance, "load", (i << 16) + 9)).as("new page %d", i).isZero();
    }
  }

  @Test
  void trapsBeyondItsSizeAlthoughTheArrayIsLonger() {
    var instance = start(12);
    Guests.call(instance, "grow", 3);
    int size = instance.memory().sizeBytes();
    assertThat(instance.memory().array().length).as("array with reserve").isGreaterThan(size);

    var trap = trapOf(() -> Guests.call(instance, "store", size, 1));

    assertThat(trap.kind()).as("store in the reserve").isEqualTo(Kind.OUT_OF_BOUNDS);
  }

  @Test
  void checksBulkOperations() {
    assertThat(trapOf(() -> Guests.call(start(12), "fill", 131_070, 3)).kind())
        .as("fill across the end")
        .isEqualTo(Kind.OUT_OF_BOUNDS);
    assertThat(trapOf(() -> Guests.call(start(12), "copy", 131_070, 0)).kind())
        .as("copy across the end")
        .isEqualTo(Kind.OUT_OF_BOUNDS);
    assertThat(trapOf(() -> Guests.call(start(12), "later", -3)).kind())
        .as("init at a negative address")
        .isEqualTo(Kind.OUT_OF_BOUNDS);
    var instance = start(12);
    Guests.call(instance, "copy", 10, 65_530);
    assertThat(instance.memory().array()[10]).as("copied").isEqualTo((byte) 'h');
  }

  @Test
  void isRefusedWhenTheProcessHasNoBudgetLeft() {
    var pool = new MemoryPool(3 * 65_536, 0, Runnable::run);
    var first = module.instantiate(List.of(), new InstanceLimits(12, pool));

    var refusal = trapOf(() -> module.instantiate(List.of(), new InstanceLimits(12, pool)));

    assertThat(refusal.kind()).as("kind").isEqualTo(Kind.OUT_OF_MEMORY);
    assertThat(refusal.getMessage()).contains("2 pages").contains("196608");
    assertThat((int) Guests.call(first, "grow", 5)).as("growth beyond the budget").isEqualTo(-1);
    assertThat(pool.heldBytes()).as("held after the refusals").isEqualTo(2 * 65_536);
  }

  @Test
  void isRefusedWhenItStartsAboveTheLimit() {
    var refusal = trapOf(() -> start(1));

    assertThat(refusal.kind()).as("kind").isEqualTo(Kind.OUT_OF_MEMORY);
    assertThat(refusal.getMessage()).contains("starts with 2 pages").contains("limit is 1");
  }

  @Test
  void comesBackToThePoolCleanAndLeavesItsInstanceDead() {
    var pool = Guests.pool();
    var instance = module.instantiate(List.of(), new InstanceLimits(12, pool));
    Guests.call(instance, "store", 9, 9);
    var array = instance.memory().array();

    instance.close();
    instance.close();
    var next = module.instantiate(List.of(), new InstanceLimits(12, pool));

    assertThat(pool.heldBytes()).as("bytes held by one guest").isEqualTo(2 * 65_536);
    assertThat(next.memory().array()).as("the same array again").isSameAs(array);
    assertThat(Guests.call(next, "load", 9)).as("byte of the previous guest").isZero();
    assertThat(trapOf(() -> Guests.call(instance, "load", 9)).getMessage()).contains("closed");
  }

  private WasmInstance start(int maxPages) {
    return module.instantiate(List.of(), Guests.limits(maxPages));
  }

  private static GuestTrapException trapOf(ThrowingCallable call) {
    return catchThrowableOfType(GuestTrapException.class, call);
  }
}
