package dev.outrider.proxywasm.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;

/// The way from bytes to a [CompiledModule]: read and refuse, generate classes (or find them in the
/// disk cache), rewrite, load and verify them, drop the parsed bodies.
final class ModuleCompiler {
  private ModuleCompiler() {}

  /// A module with its rewritten classes; `module` may have lost its bodies already.
  private record Generated(WasmModule module, GeneratedClasses classes, FunctionPlaces places) {}

  static CompiledModule compile(String name, byte[] wasm, CompileOptions options) {
    ModuleReader.checkOutside(name, wasm, options.maxModuleBytes());
    var sha256 = ModuleFacts.digest(wasm);
    var store = ModuleStore.open(options.cacheDirectory());
    var cached = store.find(sha256);
    var generated =
        cached == null
            ? generate(name, sha256, wasm, store)
            : new Generated(
                ModuleReader.readAgain(name, cached.stripped()), cached.classes(), cached.places());
    return link(
        facts(name, sha256, generated.module, generated.places),
        generated,
        wasm.length,
        store.outcome());
  }

  private static Generated generate(String name, String sha256, byte[] wasm, ModuleStore store) {
    var module = ModuleReader.read(name, wasm);
    var places = FunctionPlaces.of(wasm, module);
    var facts = facts(name, sha256, module, places);
    checkImportShapes(facts);
    DeadlineSelfTest.require();
    var classes = generateClasses(module, facts);
    int imported = module.importSection().count(ExternalType.FUNCTION);
    store.keep(
        sha256,
        () ->
            new CachedModule(
                StrippedBytes.of(wasm, imported, classes.interpreted()), classes, places));
    return new Generated(module, classes, places);
  }

  /// For the self-test, which [#compile] wants first.
  static CompiledModule compileUntested(String name, byte[] wasm) {
    var module = ModuleReader.read(name, wasm);
    var places = FunctionPlaces.of(wasm, module);
    var facts = facts(name, ModuleFacts.digest(wasm), module, places);
    return link(
        facts, new Generated(module, generateClasses(module, facts), places), wasm.length, "off");
  }

  private static GeneratedClasses generateClasses(WasmModule module, ModuleFacts facts) {
    GeneratedClasses classes;
    try {
      classes = GeneratedClasses.compile(module);
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      throw ModuleReader.refused(
          facts.name(),
          "the Wasm compiler failed on it (%s): please report the module".formatted(e),
          e);
    }
    return ClassRewriter.rewrite(classes, facts.imports());
  }

  private static ModuleFacts facts(
      String name, String sha256, WasmModule module, FunctionPlaces places) {
    try {
      return ModuleFacts.of(name, sha256, module, places);
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
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

  private static CompiledModule link(
      ModuleFacts facts, Generated generated, int wasmBytes, String cache) {
    var classes = generated.classes;
    var functions = classes.functions();
    var calls = GuestLinker.link(classes, facts, directExports(facts, classes), functions);
    var report =
        new CompileReport(
            facts.names().count(),
            names(facts, classes.interpreted().stream().sorted().toList()),
            names(facts, GeneratedClasses.huge(functions)),
            wasmBytes,
            classes.totalBytes(),
            initialPages(generated.module),
            cache);
    return new CompiledModule(
        facts, StrippedModule.of(generated.module, classes.interpreted()), calls, report);
  }

  // A module with tail calls needs the engine's trampoline around each call.
  private static Map<Integer, FunctionShape> directExports(
      ModuleFacts facts, GeneratedClasses classes) {
    var direct = new LinkedHashMap<Integer, FunctionShape>();
    if (!classes.tailCalls()) {
      facts.exports().values().forEach(e -> direct.put(e.index(), e.shape()));
    }
    return direct;
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
