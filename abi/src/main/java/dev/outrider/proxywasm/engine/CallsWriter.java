package dev.outrider.proxywasm.engine;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.runtime.Memory;

/// Writes the module's subclass of [GuestCalls]: a switch over the exported functions that calls
/// each one's static method directly, so that no array carries arguments or results.
final class CallsWriter {
  /// Binary name of the class.
  static final String NAME = GeneratedClasses.PREFIX + "Calls";

  private static final ClassDesc CALLS = GuestCalls.class.describeConstable().orElseThrow();
  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();
  private static final ClassDesc MACHINE = Machine.class.describeConstable().orElseThrow();
  private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();
  private static final ClassDesc HELPERS = ClassDesc.of(GeneratedClasses.PREFIX + "Shaded");
  private static final ClassDesc LONG = ConstantDescs.CD_long;
  private static final MethodTypeDesc CALL =
      MethodTypeDesc.of(LONG, ConstantDescs.CD_int, INSTANCE, MEMORY, LONG, LONG, LONG, LONG, LONG);
  private static final MethodTypeDesc GENERIC =
      MethodTypeDesc.of(LONG, ConstantDescs.CD_int, INSTANCE, LONG, LONG, LONG, LONG, LONG);
  private static final MethodTypeDesc VOID = MethodTypeDesc.of(ConstantDescs.CD_void);

  // A case takes about 30 bytes of code; the whole switch must stay below the JIT's 8,000.
  private static final int MAX_CASES = 200;
  private static final int MAX_ARGUMENTS = 5;

  // Slots of `call`: this, function, instance, memory, a, b, ...
  private static final int FUNCTION = 1;
  private static final int INSTANCE_SLOT = 2;
  private static final int MEMORY_SLOT = 3;
  private static final int FIRST_ARGUMENT = 4;

  private record Case(int function, ClassDesc owner, FunctionShape shape, Label label) {}

  private final ClassDesc machine;

  private CallsWriter(ClassDesc machine) {
    this.machine = machine;
  }

  /// The class's bytes. `exported` maps function index to shape; functions not in it, and those
  /// with other than up to five numbers in and one out, take [GuestCalls#generic].
  static byte[] write(
      String machineClass,
      Map<Integer, FunctionShape> exported,
      Map<Integer, GeneratedClasses.Function> functions) {
    var writer = new CallsWriter(ClassDesc.of(machineClass));
    return ClassFile.of()
        .build(
            ClassDesc.of(NAME),
            type -> {
              type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL | ClassFile.ACC_SUPER)
                  .withSuperclass(CALLS);
              type.withMethodBody(
                  ConstantDescs.INIT_NAME,
                  VOID,
                  ClassFile.ACC_PUBLIC,
                  code ->
                      code.aload(0).invokespecial(CALLS, ConstantDescs.INIT_NAME, VOID).return_());
              type.withMethodBody(
                  "machine",
                  MethodTypeDesc.of(MACHINE, INSTANCE),
                  ClassFile.ACC_PUBLIC,
                  writer::machine);
              type.withMethodBody(
                  "checkDeadline",
                  VOID,
                  ClassFile.ACC_PUBLIC,
                  code -> code.invokestatic(HELPERS, "checkInterruption", VOID).return_());
              type.withMethodBody(
                  "call", CALL, ClassFile.ACC_PUBLIC, code -> call(code, exported, functions));
            });
  }

  private void machine(CodeBuilder code) {
    code.new_(machine)
        .dup()
        .aload(1)
        .invokespecial(
            machine, ConstantDescs.INIT_NAME, MethodTypeDesc.of(ConstantDescs.CD_void, INSTANCE))
        .areturn();
  }

  private static void call(
      CodeBuilder code,
      Map<Integer, FunctionShape> exported,
      Map<Integer, GeneratedClasses.Function> functions) {
    var cases = cases(code, exported, functions);
    var other = code.newLabel();
    if (!cases.isEmpty()) {
      code.iload(FUNCTION);
      code.lookupswitch(
          other, cases.stream().map(c -> SwitchCase.of(c.function, c.label)).toList());
      cases.forEach(c -> directCall(code, c));
    }
    code.labelBinding(other);
    code.iload(FUNCTION).aload(INSTANCE_SLOT);
    for (int i = 0; i < MAX_ARGUMENTS; i++) {
      code.lload(FIRST_ARGUMENT + 2 * i);
    }
    code.invokestatic(CALLS, "generic", GENERIC).lreturn();
  }

  private static List<Case> cases(
      CodeBuilder code,
      Map<Integer, FunctionShape> exported,
      Map<Integer, GeneratedClasses.Function> functions) {
    var cases = new ArrayList<Case>();
    exported.forEach(
        (index, shape) -> {
          var function = functions.get(index);
          if (function != null && isSimple(shape) && cases.size() < MAX_CASES) {
            cases.add(new Case(index, ClassDesc.of(function.owner()), shape, code.newLabel()));
          }
        });
    return cases;
  }

  private static boolean isSimple(FunctionShape shape) {
    return shape.params().size() <= MAX_ARGUMENTS
        && shape.results().size() <= 1
        && !shape.params().contains(ValueKind.OTHER)
        && !shape.results().contains(ValueKind.OTHER);
  }

  private static void directCall(CodeBuilder code, Case target) {
    var types = new ArrayList<ClassDesc>();
    code.labelBinding(target.label);
    for (int i = 0; i < target.shape.params().size(); i++) {
      var type = typeOf(target.shape.params().get(i));
      code.lload(FIRST_ARGUMENT + 2 * i);
      NumberCode.fromLong(code, TypeKind.from(type));
      types.add(type);
    }
    code.aload(MEMORY_SLOT).aload(INSTANCE_SLOT);
    types.add(MEMORY);
    types.add(INSTANCE);
    boolean isVoid = target.shape.results().isEmpty();
    var result = isVoid ? ConstantDescs.CD_void : typeOf(target.shape.results().getFirst());
    code.invokestatic(target.owner, "func_" + target.function, MethodTypeDesc.of(result, types));
    if (isVoid) {
      code.lconst_0();
    } else {
      NumberCode.toLong(code, TypeKind.from(result));
    }
    code.lreturn();
  }

  private static ClassDesc typeOf(ValueKind kind) {
    return switch (kind) {
      case I32 -> ConstantDescs.CD_int;
      case I64 -> LONG;
      case F32 -> ConstantDescs.CD_float;
      case F64 -> ConstantDescs.CD_double;
      case OTHER -> throw new IllegalArgumentException("not a number");
    };
  }
}
