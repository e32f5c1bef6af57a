package dev.outrider.proxywasm.engine;

import java.util.List;
import java.util.Set;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.CodeSection;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionBody;

/// What an instance still needs of its module once the functions are JVM classes: everything but
/// their bodies and the custom sections. The parsed bodies of a 3 MB module hold 70-90 MB of heap.
final class StrippedModule {
  private static final FunctionBody EMPTY = new FunctionBody(List.of(), List.of());

  private StrippedModule() {}

  /// Keeps the bodies of `interpreted` (indices with imports counted first).
  static WasmModule of(WasmModule module, Set<Integer> interpreted) {
    int imported = module.importSection().count(ExternalType.FUNCTION);
    var code = CodeSection.builder();
    code.setRequiresDataCount(module.codeSection().isRequiresDataCount());
    for (int i = 0; i < module.codeSection().functionBodyCount(); i++) {
      code.addFunctionBody(
          interpreted.contains(imported + i) ? module.codeSection().getFunctionBody(i) : EMPTY);
    }
    return WasmModule.builder()
        .withValidation(false)
        .setTypeSection(module.typeSection())
        .setImportSection(module.importSection())
        .setFunctionSection(module.functionSection())
        .setTableSection(module.tableSection())
        .setMemorySection(module.memorySection().orElse(null))
        .setGlobalSection(module.globalSection())
        .setExportSection(module.exportSection())
        .setStartSection(module.startSection().orElse(null))
        .setElementSection(module.elementSection())
        .setCodeSection(code.build())
        .setDataSection(module.dataSection())
        .setDataCountSection(module.dataCountSection().orElse(null))
        .setTagSection(module.tagSection().orElse(null))
        .build();
  }
}
