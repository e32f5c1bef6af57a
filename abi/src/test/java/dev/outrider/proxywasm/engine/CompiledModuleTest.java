package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.outrider.proxywasm.engine.GuestTrapException.Kind;
import dev.outrider.proxywasm.host.GuestDeadline;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;

class CompiledModuleTest {
  @Test
  void tellsImportsAndExportsInTheirOrder() {
    var module =
        Guests.compile(
            """
            (module
              (import "env" "a" (func (param i32 i64) (result i32)))
              (import "wasi_unstable" "b" (func))
              (memory (export "memory") 3)
              (func (export "z") (param f32 f64))
              (func (export "y") (result i64) (i64.const 1)))
            """);

    assertThat(module.imports().toString())
        .contains("module=env, name=a, shape=(i32, i64) -> i32")
        .contains("module=wasi_unstable, name=b, shape=() -> ()");
    assertThat(module.exportedFunctions()).containsExactly("z", "y");
    assertThat(module.exportedFunction("z")).hasToString("(f32, f64) -> ()");
    assertThat(module.exportIndex("y")).as("imports are counted first").isEqualTo(3);
    assertThat(module.exportIndex("memory")).as("not a function").isEqualTo(-1);
    assertThat(module.exportedFunction("x")).isNull();
    assertThat(module.report().initialPages()).isEqualTo(3);
    assertThat(module.sha256()).matches("[0-9a-f]{64}");
  }

  @Test
  void knowsItsProducers() {
    var section = new ByteArrayOutputStream();
    Guests.writeText(section, "producers");
    section.write(2);
    Guests.writeText(section, "language");
    section.write(1);
    Guests.writeText(section, "Go");
    Guests.writeText(section, "go1.24");
    Guests.writeText(section, "processed-by");
    section.write(1);
    Guests.writeText(section, "Cargo");
    Guests.writeText(section, "1");

    var module =
        CompiledModule.compile(
            "guest",
            Guests.withCustomSection(Guests.wasm("(module)"), section.toByteArray()),
            CompileOptions.DEFAULT);

    assertThat(module.producedBy("go")).as("Go").isTrue();
    assertThat(module.producedBy("TinyGo")).as("TinyGo").isFalse();
    assertThat(module.producedBy("car")).as("part of a name").isFalse();
  }

  @Test
  void surivesADamagedProducersSection() {
    var section = new ByteArrayOutputStream();
    Guests.writeText(section, "producers");
    section.write(0x7F);
    section.write(0x7F);

    var module =
        CompiledModule.compile(
            "guest",
            Guests.withCustomSection(Guests.wasm("(module)"), section.toByteArray()),
            CompileOptions.DEFAULT);

    assertThat(module.producedBy("Go")).isFalse();
  }

  @Test
  void reportsAndStillStopsAFunctionTooLargeForTheJvm() {
    var module = largeModule(25_000, 1);
    int sum = (int) (25_000L * 1_000_000);

    assertThat(module.report().interpreted()).as("interpreted").containsExactly("func 0");
    var instance = module.instantiate(List.of(), Guests.limits(1));
    assertThat((int) Guests.call(instance, "big", 0)).as("result").isEqualTo(sum);
    assertThat((int) Guests.call(instance, "through", 0))
        .as("through compiled code")
        .isEqualTo(sum);

    var trap =
        catchThrowableOfType(
            GuestTrapException.class,
            () -> GuestDeadline.runExpired(() -> Guests.call(instance, "big", 1)));
    assertThat(trap).as("a loop in the interpreted function, past its deadline").isNotNull();
    assertThat(trap.kind()).isEqualTo(Kind.DEADLINE);
  }

  @Test
  void reportsFunctionsThatTheJitSkips() {
    var report = largeModule(3_000, 1).report();

    assertThat(report.interpreted()).as("interpreted").isEmpty();
    assertThat(report.huge()).as("huge").containsExactly("func 0");
  }

  @Test
  void keepsNoParsedBodies() {
    var wasm = LargeModules.wasm(1_000, 50);
    var parsed = Parser.parse(wasm);
    var kept = CompiledModule.compile("guest", wasm, CompileOptions.DEFAULT).engineModule();

    assertThat(instructions(parsed)).as("instructions of the module").isGreaterThan(100_000);
    assertThat(instructions(kept)).as("instructions kept").isZero();
    assertThat(kept.codeSection().functionBodyCount()).as("functions").isEqualTo(51);
  }

  private static long instructions(WasmModule module) {
    return Stream.of(module.codeSection().functionBodies())
        .mapToLong(body -> body.instructions().size())
        .sum();
  }

  private static CompiledModule largeModule(int additions, int functions) {
    return CompiledModule.compile(
        "guest", LargeModules.wasm(additions, functions), CompileOptions.DEFAULT);
  }
}
