package dev.outrider.proxy.simulation;

import dev.outrider.proxy.simulation.PlantedBug.Edit;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;

/// Plants one bug into the bytes of one class. The place must be there exactly once: a bug that
/// cannot be planted any more must be looked for again, not vanish.
final class Planting {
  private final PlantedBug bug;
  private final ClassFile classFile;

  /// @param classes where classes are looked up that the changed code mentions
  Planting(PlantedBug bug, ClassLoader classes) {
    this.bug = bug;
    this.classFile =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(classes)));
  }

  byte[] plantedInto(byte[] bytes) {
    var model = classFile.parse(bytes);
    var places = places(model);
    if (places != (bug.edit() instanceof Edit.SkipOne(_, _, _, var of) ? of : 1)) {
      throw new IllegalStateException(
          "'%s': %s.%s has %d places for %s"
              .formatted(bug.what(), bug.className(), bug.method(), places, bug.edit()));
    }
    return classFile.transformClass(
        model,
        ClassTransform.transformingMethodBodies(
            this::isMeant, CodeTransform.ofStateful(Body::new)));
  }

  private long places(ClassModel model) {
    return model.methods().stream()
        .filter(this::isMeant)
        .flatMap(method -> method.code().stream())
        .flatMap(CodeModel::elementStream)
        .filter(this::isPlace)
        .count();
  }

  private boolean isMeant(MethodModel method) {
    return method.methodName().equalsString(bug.method());
  }

  private boolean isPlace(CodeElement element) {
    return switch (bug.edit()) {
      case Edit.Skip(var owner, var name) -> calls(element, owner, name);
      case Edit.SkipOne(var owner, var name, _, _) -> calls(element, owner, name);
      case Edit.Twice(var owner, var name) -> calls(element, owner, name);
      case Edit.Answer(var owner, var name, _) -> calls(element, owner, name);
      case Edit.NoWrite(var field) ->
          element instanceof FieldInstruction write
              && write.opcode() == Opcode.PUTFIELD
              && write.name().equalsString(field);
    };
  }

  private static boolean calls(CodeElement element, String owner, String name) {
    return element instanceof InvokeInstruction call
        && call.name().equalsString(name)
        && call.owner().asSymbol().displayName().replace('$', '.').endsWith(owner);
  }

  private final class Body implements CodeTransform {
    private int seen;

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (!isPlace(element)) {
        code.with(element);
        return;
      }
      switch (bug.edit()) {
        case Edit.Skip _ -> skip(code, (InvokeInstruction) element);
        case Edit.SkipOne(_, _, var index, _) -> {
          if (seen++ == index) {
            skip(code, (InvokeInstruction) element);
          } else {
            code.with(element);
          }
        }
        case Edit.Twice _ -> twice(code, (InvokeInstruction) element);
        case Edit.Answer(_, _, var instead) -> {
          drop(code, (InvokeInstruction) element);
          code.loadConstant(instead ? 1 : 0);
        }
        case Edit.NoWrite _ -> {
          pop(code, TypeKind.from(((FieldInstruction) element).typeSymbol()));
          code.pop();
        }
      }
    }

    private static void skip(CodeBuilder code, InvokeInstruction call) {
      drop(code, call);
      zero(code, result(call));
    }

    private static void drop(CodeBuilder code, InvokeInstruction call) {
      for (var parameter : call.typeSymbol().parameterList().reversed()) {
        pop(code, TypeKind.from(parameter));
      }
      if (call.opcode() != Opcode.INVOKESTATIC) {
        code.pop();
      }
    }

    private static void twice(CodeBuilder code, InvokeInstruction call) {
      var parameters = call.typeSymbol().parameterList();
      var locals = new int[parameters.size()];
      for (var i = parameters.size() - 1; i >= 0; i--) {
        var kind = TypeKind.from(parameters.get(i));
        locals[i] = code.allocateLocal(kind);
        code.storeLocal(kind, locals[i]);
      }
      if (call.opcode() != Opcode.INVOKESTATIC) {
        code.dup();
      }
      load(code, call, locals);
      code.with(call);
      pop(code, result(call));
      if (call.opcode() != Opcode.INVOKESTATIC && result(call) != TypeKind.VOID) {
        throw new IllegalStateException("only calls without a result are made twice");
      }
      load(code, call, locals);
      code.with(call);
    }

    private static void load(CodeBuilder code, InvokeInstruction call, int[] locals) {
      for (var i = 0; i < locals.length; i++) {
        code.loadLocal(TypeKind.from(call.typeSymbol().parameterType(i)), locals[i]);
      }
    }

    private static TypeKind result(InvokeInstruction call) {
      return TypeKind.from(call.typeSymbol().returnType());
    }

    private static void pop(CodeBuilder code, TypeKind kind) {
      switch (kind.slotSize()) {
        case 0 -> {}
        case 1 -> code.pop();
        default -> code.pop2();
      }
    }

    private static void zero(CodeBuilder code, TypeKind kind) {
      switch (kind.asLoadable()) {
        case VOID -> {}
        case LONG -> code.lconst_0();
        case FLOAT -> code.fconst_0();
        case DOUBLE -> code.dconst_0();
        case REFERENCE -> code.aconst_null();
        default -> code.iconst_0();
      }
    }
  }
}
