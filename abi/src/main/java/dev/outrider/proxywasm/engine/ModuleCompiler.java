package dev.outrider.proxywasm.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.OpCode;

/// The way from bytes to a [CompiledModule]: read and refuse, generate classes, rewrite them, load
/// and verify them, drop the parsed bodies.
final class ModuleCompiler {
  private ModuleCompiler() {}

  static CompiledModule compile(String name, byte[] wasm, CompileOptions options) {
    var module = ModuleReader.read(name, wasm, options.maxModuleBytes());
    var facts = facts(name, wasm, module);
    checkImportShapes(facts);
    var generated = generate(name, module);
    var functions = generated.functions();
    var calls = load(name, generated, facts, directExports(facts, module), functions);
    var report =
        new CompileReport(
            facts.names().count(),
            names(facts, generated.interpreted().stream().sorted().toList()),
            names(facts, GeneratedClasses.huge(functions)),
            wasm.length,
            generated.totalBytes(),
            initialPages(module));
    return new CompiledModule(
        facts, StrippedModule.of(module, generated.interpreted()), calls, report);
  }

  private static ModuleFacts facts(String name, byte[] wasm, WasmModule module) {
    try {
      return ModuleFacts.of(name, wasm, module);
    } catch (RuntimeException e) {
      throw ModuleReader.refused(name, "its sections contradict each other: " + e, e);
    }
  }

  private static void checkImportShapes(ModuleFacts facts) {
    for (var wanted : facts.imports()) {
      var shape = wanted.shape();
      if (shape.results().size() > 1
          || shape.results().contains(ValueKind.OTHER)
          || shape.params().contains(ValueKind.OTHER)) {
        throw ModuleReader.refused(
            facts.name(),
            "it imports %s.%s %s, host functions take numbers and return at most one: check the SDK"
                .formatted(wanted.module(), wanted.name(), shape),
            null);
      }
    }
  }

  private static GeneratedClasses generate(String name, WasmModule module) {
    try {
      return GeneratedClasses.compile(module);
    } catch (RuntimeException e) {
      throw ModuleReader.refused(
          name, "the Wasm compiler failed on it (%s): please report the module".formatted(e), e);
    }
  }

  // A module with tail calls needs the engine's trampoline around each call.
  private static Map<Integer, FunctionShape> directExports(ModuleFacts facts, WasmModule module) {
    var direct = new LinkedHashMap<Integer, FunctionShape>();
    if (!usesTailCalls(module)) {
      facts.exports().values().forEach(e -> direct.put(e.index(), e.shape()));
    }
    return direct;
  }

  private static boolean usesTailCalls(WasmModule module) {
    for (var body : module.codeSection().functionBodies()) {
      for (var instruction : body.instructions()) {
        var code = instruction.opcode();
        if (code == OpCode.RETURN_CALL
            || code == OpCode.RETURN_CALL_INDIRECT
            || code == OpCode.RETURN_CALL_REF) {
          return true;
        }
      }
    }
    return false;
  }

  private static GuestCalls load(
      String name,
      GeneratedClasses generated,
      ModuleFacts facts,
      Map<Integer, FunctionShape> direct,
      Map<Integer, GeneratedClasses.Function> functions) {
    var classes = ClassRewriter.rewrite(generated, facts.imports());
    classes.put(CallsWriter.NAME, CallsWriter.write(generated.main(), direct, functions));
    var loader = new GuestClassLoader(classes);
    try {
      loader.defineAll();
      var type = loader.loadClass(CallsWriter.NAME);
      return (GuestCalls)
          MethodHandles.publicLookup()
              .findConstructor(type, MethodType.methodType(void.class))
              .invoke();
    } catch (LinkageError e) {
      throw ModuleReader.refused(
          name, "the JVM refused its compiled code (%s): please report the module".formatted(e), e);
    } catch (Throwable e) {
      throw new IllegalStateException("the generated class " + CallsWriter.NAME + " is ours", e);
    }
  }

  private static List<String> names(ModuleFacts facts, List<Integer> indices) {
    return indices.stream().map(facts.names()::name).toList();
  }

  private static int initialPages(WasmModule module) {
    return module
        .memorySection()
        .filter(section -> section.memoryCount() > 0)
        .map(section -> section.getMemory(0).limits().initialPages())
        .orElse(0);
  }
}
