package dev.outrider.proxywasm.engine;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/// Bytecode between a JVM number and the `long` in which the engine carries any Wasm number: floats
/// by their bits, i32 sign-extended.
final class NumberCode {
  private static final ClassDesc FLOAT = ClassDesc.of("java.lang.Float");
  private static final ClassDesc DOUBLE = ClassDesc.of("java.lang.Double");

  private NumberCode() {}

  static void toLong(CodeBuilder code, TypeKind kind) {
    switch (kind) {
      case INT -> code.i2l();
      case FLOAT -> {
        code.invokestatic(
            FLOAT,
            "floatToRawIntBits",
            MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_float));
        code.i2l();
      }
      case DOUBLE ->
          code.invokestatic(
              DOUBLE,
              "doubleToRawLongBits",
              MethodTypeDesc.of(ConstantDescs.CD_long, ConstantDescs.CD_double));
      case LONG -> {}
      case BOOLEAN, BYTE, CHAR, SHORT, REFERENCE, VOID -> throw unexpected(kind);
    }
  }

  static void fromLong(CodeBuilder code, TypeKind kind) {
    switch (kind) {
      case INT -> code.l2i();
      case FLOAT -> {
        code.l2i();
        code.invokestatic(
            FLOAT,
            "intBitsToFloat",
            MethodTypeDesc.of(ConstantDescs.CD_float, ConstantDescs.CD_int));
      }
      case DOUBLE ->
          code.invokestatic(
              DOUBLE,
              "longBitsToDouble",
              MethodTypeDesc.of(ConstantDescs.CD_double, ConstantDescs.CD_long));
      case LONG -> {}
      case BOOLEAN, BYTE, CHAR, SHORT, REFERENCE, VOID -> throw unexpected(kind);
    }
  }

  private static IllegalStateException unexpected(TypeKind kind) {
    return new IllegalStateException("not a Wasm number: " + kind);
  }
}
