package dev.outrider.proxywasm.engine;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.UnknownCustomSection;
import run.endive.wasm.types.ValType;

/// What is worth knowing of a module after it has been compiled.
///
/// `exports` keeps the order of the export section; `producers` are the tools named in the section
/// of that name.
record ModuleFacts(
    String name,
    String sha256,
    List<FunctionImport> imports,
    List<FunctionType> importTypes,
    Map<String, ExportedFunction> exports,
    List<String> producers,
    FunctionNames names) {
  /// Function index and shape.
  record ExportedFunction(int index, FunctionShape shape) {}

  static ModuleFacts of(String name, String sha256, WasmModule module, FunctionPlaces places) {
    var imports = new ArrayList<FunctionImport>();
    var types = new ArrayList<FunctionType>();
    var section = module.importSection();
    for (int i = 0; i < section.importCount(); i++) {
      if (section.getImport(i) instanceof run.endive.wasm.types.FunctionImport wanted) {
        var type = module.typeSection().getType(wanted.typeIndex());
        imports.add(new FunctionImport(wanted.module(), wanted.name(), shape(type)));
        types.add(type);
      }
    }
    return new ModuleFacts(
        name,
        sha256,
        List.copyOf(imports),
        List.copyOf(types),
        exports(module, types),
        producers(module),
        FunctionNames.of(module, places));
  }

  private static Map<String, ExportedFunction> exports(
      WasmModule module, List<FunctionType> importTypes) {
    var exports = new LinkedHashMap<String, ExportedFunction>();
    var section = module.exportSection();
    for (int i = 0; i < section.exportCount(); i++) {
      var export = section.getExport(i);
      if (export.exportType() == ExternalType.FUNCTION) {
        int index = export.index();
        var type =
            index < importTypes.size()
                ? importTypes.get(index)
                : module
                    .functionSection()
                    .getFunctionType(index - importTypes.size(), module.typeSection());
        exports.put(export.name(), new ExportedFunction(index, shape(type)));
      }
    }
    return Collections.unmodifiableMap(exports);
  }

  private static FunctionShape shape(FunctionType type) {
    return new FunctionShape(kinds(type.params()), kinds(type.returns()));
  }

  private static List<ValueKind> kinds(List<ValType> types) {
    return types.stream().map(ModuleFacts::kind).toList();
  }

  private static ValueKind kind(ValType type) {
    return switch (type.opcode()) {
      case ValType.ID.I32 -> ValueKind.I32;
      case ValType.ID.I64 -> ValueKind.I64;
      case ValType.ID.F32 -> ValueKind.F32;
      case ValType.ID.F64 -> ValueKind.F64;
      default -> ValueKind.OTHER;
    };
  }

  static String digest(byte[] wasm) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(wasm));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static List<String> producers(WasmModule module) {
    return module.customSection("producers") instanceof UnknownCustomSection section
        ? ProducersSection.tools(section.bytes())
        : List.of();
  }
}
