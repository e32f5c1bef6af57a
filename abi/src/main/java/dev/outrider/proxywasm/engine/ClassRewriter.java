package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.host.GuestDeadline;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.Instance;

/// Changes two things in the engine's generated classes: what a loop asks before it goes round, and
/// how an import is called.
///
/// 1. The interruption check becomes a read of [GuestDeadline#flag] (same cost, and no
///    `Thread.interrupt` near the event loop's selector).
/// 2. The bridge to an imported function takes its argument array from the instance instead of
///    allocating one, and its result as a number instead of an array.
final class ClassRewriter {
  private static final ClassDesc DEADLINE = GuestDeadline.class.describeConstable().orElseThrow();
  private static final ClassDesc HOSTED = HostedMachine.class.describeConstable().orElseThrow();
  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();
  private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();
  private static final MethodTypeDesc VOID = MethodTypeDesc.of(ConstantDescs.CD_void);
  private static final MethodTypeDesc ARGUMENTS =
      MethodTypeDesc.of(LONGS, INSTANCE, ConstantDescs.CD_int);
  private static final MethodTypeDesc CALL_HOST =
      MethodTypeDesc.of(ConstantDescs.CD_long, INSTANCE, ConstantDescs.CD_int, LONGS);

  private final List<FunctionImport> imports;

  private ClassRewriter(List<FunctionImport> imports) {
    this.imports = imports;
  }

  /// The same classes, to be loaded. Takes a tenth of a second for a large module.
  ///
  /// @throws IllegalStateException if the check is not where this version of the engine has it
  static GeneratedClasses rewrite(GeneratedClasses generated, List<FunctionImport> imports) {
    var rewriter = new ClassRewriter(imports);
    var classes = new HashMap<>(generated.bytes());
    classes.compute(GeneratedClasses.PREFIX + "Shaded", (_, bytes) -> rewriter.withDeadline(bytes));
    if (!imports.isEmpty()) {
      classes.replaceAll(
          (name, bytes) ->
              name.startsWith(GeneratedClasses.PREFIX + "FuncGroup_")
                  ? rewriter.withHostCalls(bytes)
                  : bytes);
    }
    return generated.with(classes);
  }

  /// Changes with everything that may change what is written.
  static String fingerprint() {
    try (var own = ClassRewriter.class.getResourceAsStream("ClassRewriter.class");
        var numbers = ClassRewriter.class.getResourceAsStream("NumberCode.class")) {
      if (own == null || numbers == null) {
        throw new IllegalStateException("a class without its class file");
      }
      var both = new SequenceInputStream(own, numbers).readAllBytes();
      return ModuleFacts.digest(both).substring(0, 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] withDeadline(byte @Nullable [] shaded) {
    if (shaded == null) {
      throw new IllegalStateException("the engine generated no class of run-time helpers");
    }
    var file = ClassFile.of();
    var model = file.parse(shaded);
    if (model.methods().stream().filter(ClassRewriter::isDeadlineCheck).count() != 1) {
      throw new IllegalStateException("the engine's helpers have no interruption check");
    }
    return file.transformClass(
        model, replacing(ClassRewriter::isDeadlineCheck, (code, _) -> deadlineCheck(code)));
  }

  private static boolean isDeadlineCheck(MethodModel method) {
    return method.methodName().equalsString("checkInterruption")
        && method.methodTypeSymbol().equals(VOID);
  }

  static void deadlineCheck(CodeBuilder code) {
    var goOn = code.newLabel();
    code.getstatic(DEADLINE, "flag", ConstantDescs.CD_int)
        .ifeq(goOn)
        .invokestatic(DEADLINE, "check", VOID)
        .labelBinding(goOn)
        .return_();
  }

  private byte[] withHostCalls(byte[] group) {
    var file = ClassFile.of();
    return file.transformClass(
        file.parse(group),
        replacing(this::isImportBridge, (code, method) -> hostCall(code, method)));
  }

  private boolean isImportBridge(MethodModel method) {
    var name = method.methodName().stringValue();
    return name.startsWith("func_") && GeneratedClasses.indexOf(name) < imports.size();
  }

  // func_N(parameters..., Memory, Instance)
  private static void hostCall(CodeBuilder code, MethodModel method) {
    var type = method.methodTypeSymbol();
    int function = GeneratedClasses.indexOf(method.methodName().stringValue());
    int parameters = type.parameterCount() - 2;
    int instance = code.parameterSlot(parameters + 1);
    code.aload(instance).loadConstant(function);
    code.aload(instance).loadConstant(function).invokestatic(HOSTED, "arguments", ARGUMENTS);
    for (int i = 0; i < parameters; i++) {
      var kind = TypeKind.from(type.parameterType(i));
      code.dup().loadConstant(i).loadLocal(kind, code.parameterSlot(i));
      NumberCode.toLong(code, kind);
      code.lastore();
    }
    code.invokestatic(HOSTED, "callHost", CALL_HOST);
    var result = TypeKind.from(type.returnType());
    if (result == TypeKind.VOID) {
      code.pop2();
    } else {
      NumberCode.fromLong(code, result);
    }
    code.return_(result);
  }

  private interface Body {
    void write(CodeBuilder code, MethodModel method);
  }

  private static ClassTransform replacing(Predicate<MethodModel> which, Body body) {
    return (builder, element) -> {
      if (element instanceof MethodModel method && which.test(method)) {
        builder.withMethodBody(
            method.methodName().stringValue(),
            method.methodTypeSymbol(),
            method.flags().flagsMask(),
            code -> body.write(code, method));
      } else {
        builder.with(element);
      }
    };
  }
}
