package dev.outrider.proxywasm.engine;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.internal.Compiler;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.OpCode;

/// The JVM classes of one module: as the engine's compiler made them or, past [ClassRewriter], as
/// they are loaded.
///
/// `interpreted` are indices of functions that have no class; `main` is the binary name of the
/// engine's machine; with `tailCalls` a function may leave the last call to its caller.
record GeneratedClasses(
    String main, Map<String, byte[]> bytes, Set<Integer> interpreted, boolean tailCalls) {
  /// Prefix of every generated class.
  static final String PREFIX = "guest.Module";

  /// The JIT leaves methods above this alone, unless told otherwise.
  private static final int HUGE_METHOD_BYTES = 8_000;

  private static final Set<OpCode> TAIL_CALLS =
      EnumSet.of(OpCode.RETURN_CALL, OpCode.RETURN_CALL_INDIRECT, OpCode.RETURN_CALL_REF);

  /// Where a function's static method is, and how large its code.
  record Function(String owner, int codeBytes) {}

  /// Runs the engine's compiler. Functions too large for a method are left to its interpreter.
  static GeneratedClasses compile(WasmModule module) {
    var result =
        Compiler.builder(module)
            .withClassName(PREFIX)
            .withInterpreterFallback(InterpreterFallback.SILENT)
            .withClassCollectorFactory(CollectedClasses::new)
            .build()
            .compile();
    return new GeneratedClasses(
        result.collector().mainClassName(),
        new LinkedHashMap<>(result.classBytes()),
        Set.copyOf(result.interpretedFunctions()),
        usesTailCalls(module));
  }

  /// The same module with other bytes of its classes.
  GeneratedClasses with(Map<String, byte[]> changed) {
    return new GeneratedClasses(main, changed, interpreted, tailCalls);
  }

  private static boolean usesTailCalls(WasmModule module) {
    return Stream.of(module.codeSection().functionBodies())
        .flatMap(body -> body.instructions().stream())
        .map(AnnotatedInstruction::opcode)
        .anyMatch(TAIL_CALLS::contains);
  }

  /// Every function of the module by index, imports included.
  Map<Integer, Function> functions() {
    var functions = new HashMap<Integer, Function>();
    for (var entry : bytes.entrySet()) {
      if (entry.getKey().startsWith(PREFIX + "FuncGroup_")) {
        collect(ClassFile.of().parse(entry.getValue()), entry.getKey(), functions);
      }
    }
    return functions;
  }

  private static void collect(ClassModel group, String owner, Map<Integer, Function> into) {
    for (var method : group.methods()) {
      var name = method.methodName().stringValue();
      if (name.startsWith("func_")) {
        into.put(indexOf(name), new Function(owner, codeBytes(method)));
      }
    }
  }

  /// The function index in a method name `func_12`.
  static int indexOf(String methodName) {
    return Integer.parseInt(methodName.substring("func_".length()));
  }

  private static int codeBytes(MethodModel method) {
    return method.code().map(code -> ((CodeAttribute) code).codeLength()).orElse(0);
  }

  /// Indices of functions that the JIT skips by default, ascending.
  static List<Integer> huge(Map<Integer, Function> functions) {
    var huge = new ArrayList<Integer>();
    functions.forEach(
        (index, function) -> {
          if (function.codeBytes > HUGE_METHOD_BYTES) {
            huge.add(index);
          }
        });
    huge.sort(null);
    return huge;
  }

  int totalBytes() {
    return bytes.values().stream().mapToInt(b -> b.length).sum();
  }
}
