package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.ByteBufferMemory;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmEngineException;

/// What the engine does that this package works around, seen on the engine itself. A test here that
/// fails is good news: the engine has moved on, and the class that it names can go.
class EngineWorkaroundsTest {
  private static final String CALLS_AN_IMPORT =
      """
      (module (import "env" "f" (func $f (param i32)))
        (func (export "run") (loop (call $f (i32.const 1)) (br_if 0 (i32.const 0)))))
      """;

  private static Instance start(String text) {
    var module = Parser.parse(Guests.wasm(text));
    return Instance.builder(module)
        .withMachineFactory(MachineFactoryCompiler.compile(module))
        .build();
  }

  private static Stream<MethodModel> methods(String text, String classSuffix, String name) {
    var generated = GeneratedClasses.compile(Parser.parse(Guests.wasm(text)));
    return generated.bytes().entrySet().stream()
        .filter(entry -> entry.getKey().contains(classSuffix))
        .flatMap(entry -> ClassFile.of().parse(entry.getValue()).methods().stream())
        .filter(method -> method.methodName().equalsString(name));
  }

  /// [GuestTables]: one guest's `table.grow` shows in instances that start later.
  @Test
  void aGrownTableChangesTheModule() {
    var module =
        Parser.parse(
            Guests.wasm(
                """
                (module (table $t 2 20 funcref)
                  (func (export "grow") (result i32) (table.grow $t (ref.null func) (i32.const 5)))
                  (func (export "size") (result i32) (table.size $t)))
                """));
    Instance.builder(module).build().export("grow").apply();

    assertThat(Instance.builder(module).build().export("size").apply()[0])
        .as("7: GuestTables is needed; 2: it is not")
        .isEqualTo(7);
  }

  /// [ModuleReader]: without a word of ours the guest's author would read of an opcode.
  @Test
  void simdIsNotCompiled() {
    var simd =
        """
        (module (func (export "f") (param i32) (result i32)
          (i32x4.extract_lane 0 (i32x4.splat (local.get 0)))))
        """;

    assertThat(catchThrowable(() -> GeneratedClasses.compile(Parser.parse(Guests.wasm(simd)))))
        .as("the check for SIMD in ModuleReader is needed while this fails")
        .isNotNull();
  }

  /// [ModuleReader]: a module for 64-bit memory deserves a sentence.
  @Test
  void largeMemoriesAreAnOverlongInteger() {
    byte[] memory64 = {0, 'a', 's', 'm', 1, 0, 0, 0, 5, 3, 1, 4, 1};

    assertThatThrownBy(() -> Parser.parse(memory64))
        .as("checkMemories in ModuleReader is needed while this says nothing of memory64")
        .hasMessageNotContainingAny("64-bit", "memory64");
  }

  /// [ClassRewriter] and `GuestDeadline`: a guest could be stopped by `Thread.interrupt` only,
  /// which also closes the event loop's selector.
  @Test
  void loopsAskForInterruptionAndNothingElse() {
    var calls =
        methods(CALLS_AN_IMPORT, "Shaded", "checkInterruption")
            .flatMap(method -> method.code().orElseThrow().elementStream())
            .filter(InvokeInstruction.class::isInstance)
            .map(call -> ((InvokeInstruction) call).name().stringValue())
            .toList();

    assertThat(calls).as("ClassRewriter.withDeadline is needed").contains("isInterrupted");
  }

  /// [ClassRewriter] and [HostedMachine]: each host call would be garbage.
  @Test
  void aCallOfAnImportAllocatesItsArguments() {
    var bridge =
        methods(CALLS_AN_IMPORT, "FuncGroup_", "func_0")
            .flatMap(method -> method.code().orElseThrow().elementStream())
            .toList();

    assertThat(bridge)
        .as("ClassRewriter.withHostCalls is needed")
        .hasAtLeastOneElementOfType(NewPrimitiveArrayInstruction.class);
  }

  /// [FlatMemory]: 1.2 to 4.5 times faster guests, and one copy to and from buffers of a proxy.
  @Test
  void theUsualMemoryIsABuffer() {
    assertThat(start("(module (memory 1))").memory())
        .as("FlatMemory is needed while no memory of the engine is one array")
        .isInstanceOf(ByteBufferMemory.class);
  }

  /// [FlatMemory]: what only threads need must be written all the same.
  @Test
  void methodsForThreadsAreStillAbstract() {
    var forRemoval =
        Arrays.stream(Memory.class.getMethods())
            .filter(method -> method.isAnnotationPresent(Deprecated.class))
            .filter(method -> Modifier.isAbstract(method.getModifiers()))
            .toList();

    assertThat(forRemoval).as("drop lock, waitOn and notify from FlatMemory").hasSize(4);
  }

  /// [TrapTranslator]: the kinds of trap are told by cause and text.
  @Test
  void anExhaustedStackHasNoTypeOfItsOwn() {
    var instance = start("(module (func $f (export \"f\") (call $f)))");

    var thrown = catchThrowable(() -> instance.export("f").apply());

    assertThat(thrown).isExactlyInstanceOf(WasmEngineException.class);
    assertThat(thrown).hasCauseInstanceOf(StackOverflowError.class);
  }

  /// [StrippedModule]: 68 to 86 MB for a large Go module.
  @Test
  void aParsedModuleKeepsItsBodies() {
    var module = Parser.parse(Guests.wasm("(module (func (export \"f\")))"));
    MachineFactoryCompiler.compile(module);

    assertThat(module.codeSection().functionBodies()[0].instructions())
        .as("StrippedModule is needed")
        .isNotEmpty();
    assertThat(List.of(module.codeSection().functionBodies())).isNotEmpty();
  }
}
