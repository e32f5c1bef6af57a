package dev.outrider.proxywasm.engine;

import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/// A module of random functions over the instructions that filters use: arithmetic and comparisons
/// of all four kinds of number, conversions, loads and stores of every width, bulk memory, globals,
/// locals, blocks, branches, bounded loops, direct and indirect calls. The same seed is the same
/// module.
///
/// Function `fN` takes `(i32 i64 f32 f64)` and answers one number of the kind [#kindOf] says. What
/// the specification leaves open is avoided: the bits of a NaN are made the same wherever a guest
/// could see them.
final class RandomGuest {
  static final int FUNCTIONS = 24;
  private static final int MOST_DEPTH = 5;
  private static final String[] KINDS = {"i32", "i64", "f32", "f64"};

  private static final String[] INTEGER_BINARY = {
    "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr"
  };
  private static final String[] INTEGER_UNARY = {"clz", "ctz", "popcnt", "extend8_s", "extend16_s"};
  private static final String[] INTEGER_COMPARISON = {
    "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"
  };
  private static final String[] FLOAT_BINARY = {"add", "sub", "mul", "div", "min", "max"};
  private static final String[] FLOAT_UNARY = {
    "abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"
  };
  private static final String[] FLOAT_COMPARISON = {"eq", "ne", "lt", "gt", "le", "ge"};
  private static final String[] I32_LOADS = {"load", "load8_s", "load8_u", "load16_s", "load16_u"};
  private static final String[] I64_LOADS = {
    "load", "load8_s", "load8_u", "load16_s", "load16_u", "load32_s", "load32_u"
  };
  private static final String[] I32_STORES = {"store", "store8", "store16"};
  private static final String[] I64_STORES = {"store", "store8", "store16", "store32"};
  private static final long[] CORNERS = {
    0,
    1,
    -1,
    2,
    7,
    31,
    32,
    63,
    64,
    255,
    65535,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final String[] FLOAT_CORNERS = {
    "0", "-0", "1", "-1", "0.5", "1e9", "-1e9", "1e19", "inf", "-inf", "nan", "3.25"
  };

  private final RandomGenerator random;
  private final StringBuilder text = new StringBuilder();
  private int current;

  private RandomGuest(long seed) {
    random = new Random(seed);
  }

  static String module(long seed) {
    return new RandomGuest(seed).write();
  }

  /// The kind of number that function answers.
  static String kindOf(int function) {
    return KINDS[function % KINDS.length];
  }

  private String write() {
    text.append(
        """
        (module
        (memory (export "memory") 1 2)
        (global $gi (mut i32) (i32.const 5)) (global $gl (mut i64) (i64.const 6))
        (global $gf (mut f32) (f32.const 7)) (global $gd (mut f64) (f64.const 8))
        (type $of_i32 (func (param i32 i64 f32 f64) (result i32)))
        (func $quiet32 (param f32) (result f32)
          (select (local.get 0) (f32.const nan) (f32.eq (local.get 0) (local.get 0))))
        (func $quiet64 (param f64) (result f64)
          (select (local.get 0) (f64.const nan) (f64.eq (local.get 0) (local.get 0))))
        (table funcref (elem $f0 $f4))
        """);
    for (current = 0; current < FUNCTIONS; current++) {
      function();
    }
    return text.append(")").toString();
  }

  private void function() {
    var kind = kindOf(current);
    text.append(
        "(func $f%d (export \"f%d\") (param i32 i64 f32 f64) (result %s) (local i32 i64 f32 f64 i32)\n"
            .formatted(current, current, kind));
    for (int i = random.nextInt(6); i > 0; i--) {
      text.append(statement(MOST_DEPTH)).append('\n');
    }
    text.append(expression(kind, MOST_DEPTH)).append(")\n");
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String statement(int depth) {
    var kind = pick(KINDS);
    return switch (random.nextInt(depth > 1 ? 7 : 3)) {
      case 0 -> "(local.set %d %s)".formatted(local(kind), expression(kind, depth - 1));
      case 1 -> "(global.set %s %s)".formatted(global(kind), expression(kind, depth - 1));
      case 2 -> store(kind, depth - 1);
      case 3 ->
          "(if %s (then %s) (else %s))"
              .formatted(expression("i32", depth - 1), statement(depth - 2), statement(depth - 2));
      case 4 -> loop(depth);
      case 5 ->
          "(block %s (br_if 0 %s) %s)"
              .formatted(statement(depth - 2), expression("i32", depth - 1), statement(depth - 2));
      default ->
          "(memory.%s %s %s %s)"
              .formatted(
                  pick("copy", "fill"),
                  address(),
                  address(),
                  "(i32.const " + random.nextInt(64) + ")");
    };
  }

  /// At most seven rounds.
  private String loop(int depth) {
    return """
    (local.set 8 (i32.const %d))
    (block (loop
      (br_if 1 (i32.eqz (local.get 8)))
      (local.set 8 (i32.sub (local.get 8) (i32.const 1)))
      %s
      (br_if 0 (i32.gt_u (local.get 8) (i32.const 0)))))
    """
        .formatted(random.nextInt(8), withoutLoop(depth - 2));
  }

  private String withoutLoop(int depth) {
    var kind = pick(KINDS);
    return random.nextBoolean()
        ? store(kind, depth)
        : "(local.set %d %s)".formatted(local(kind), expression(kind, depth));
  }

  private String store(String kind, int depth) {
    var value = expression(kind, depth);
    return switch (kind) {
      case "i32" ->
          "(i32.%s offset=%d %s %s)".formatted(pick(I32_STORES), offset(), address(), value);
      case "i64" ->
          "(i64.%s offset=%d %s %s)".formatted(pick(I64_STORES), offset(), address(), value);
      default ->
          "(%s.store offset=%d %s %s)".formatted(kind, offset(), address(), quiet(kind, value));
    };
  }

  private int offset() {
    return random.nextInt(100);
  }

  /// Mostly inside of memory; now and then just outside.
  private String address() {
    return switch (random.nextInt(24)) {
      case 0 -> "(i32.const " + (65_436 + random.nextInt(120)) + ")";
      case 1, 2, 3 -> "(i32.and (local.get 0) (i32.const 0xf0ff))";
      default -> "(i32.const " + random.nextInt(65_000) + ")";
    };
  }

  private static String quiet(String kind, String value) {
    return "(call $quiet%s %s)".formatted(kind.substring(1), value);
  }

  private int local(String kind) {
    return index(kind) + (random.nextBoolean() ? 4 : 0);
  }

  private static int index(String kind) {
    return List.of(KINDS).indexOf(kind);
  }

  private static String global(String kind) {
    return new String[] {"$gi", "$gl", "$gf", "$gd"}[index(kind)];
  }

  private String expression(String kind, int depth) {
    if (depth <= 0 || random.nextInt(8) == 0) {
      return leaf(kind);
    }
    return switch (random.nextInt(10)) {
      case 0 ->
          "(select %s %s %s)"
              .formatted(
                  expression(kind, depth - 1),
                  expression(kind, depth - 1),
                  expression("i32", depth - 1));
      case 1 ->
          "(if (result %s) %s (then %s) (else %s))"
              .formatted(
                  kind,
                  expression("i32", depth - 1),
                  expression(kind, depth - 1),
                  expression(kind, depth - 1));
      case 2 -> "(local.tee %d %s)".formatted(local(kind), expression(kind, depth - 1));
      case 3 -> call(kind, depth);
      case 4 -> load(kind);
      case 5 -> conversion(kind, depth - 1);
      default -> kind.startsWith("i") ? integer(kind, depth - 1) : real(kind, depth - 1);
    };
  }

  private String leaf(String kind) {
    return switch (random.nextInt(3)) {
      case 0 -> "(local.get %d)".formatted(local(kind));
      case 1 -> "(global.get %s)".formatted(global(kind));
      default -> "(%s.const %s)".formatted(kind, constant(kind));
    };
  }

  private String constant(String kind) {
    long number =
        random.nextInt(3) == 0 ? random.nextLong() : CORNERS[random.nextInt(CORNERS.length)];
    return switch (kind) {
      case "i32" -> Integer.toString((int) number);
      case "i64" -> Long.toString(number);
      default -> pick(FLOAT_CORNERS);
    };
  }

  private String integer(String kind, int depth) {
    return switch (random.nextInt(6)) {
      case 0 -> "(%s.%s %s)".formatted(kind, pick(INTEGER_UNARY), expression(kind, depth));
      case 1 -> comparison(kind, depth);
      case 2 -> division(kind, depth);
      default ->
          "(%s.%s %s %s)"
              .formatted(
                  kind, pick(INTEGER_BINARY), expression(kind, depth), expression(kind, depth));
    };
  }

  /// Seldom by zero.
  private String division(String kind, int depth) {
    var divisor = expression(kind, depth);
    return "(%s.%s %s %s)"
        .formatted(
            kind,
            pick("div_s", "div_u", "rem_s", "rem_u"),
            expression(kind, depth),
            random.nextInt(8) == 0
                ? divisor
                : "(%s.or %s (%s.const 1))".formatted(kind, divisor, kind));
  }

  private String comparison(String kind, int depth) {
    var of = pick(KINDS);
    var compared =
        random.nextInt(5) == 0 && of.startsWith("i")
            ? "(%s.eqz %s)".formatted(of, expression(of, depth))
            : "(%s.%s %s %s)"
                .formatted(
                    of,
                    pick(of.startsWith("i") ? INTEGER_COMPARISON : FLOAT_COMPARISON),
                    expression(of, depth),
                    expression(of, depth));
    return kind.equals("i32") ? compared : "(i64.extend_i32_u " + compared + ")";
  }

  private String real(String kind, int depth) {
    return switch (random.nextInt(4)) {
      case 0 -> "(%s.%s %s)".formatted(kind, pick(FLOAT_UNARY), expression(kind, depth));
      case 1 ->
          "(%s.copysign %s %s)"
              .formatted(kind, expression(kind, depth), quiet(kind, expression(kind, depth)));
      default ->
          "(%s.%s %s %s)"
              .formatted(
                  kind, pick(FLOAT_BINARY), expression(kind, depth), expression(kind, depth));
    };
  }

  private String load(String kind) {
    var instruction =
        switch (kind) {
          case "i32" -> pick(I32_LOADS);
          case "i64" -> pick(I64_LOADS);
          default -> "load";
        };
    return "(%s.%s offset=%d %s)".formatted(kind, instruction, offset(), address());
  }

  private String conversion(String kind, int depth) {
    return switch (kind) {
      case "i32" -> toI32(depth);
      case "i64" -> toI64(depth);
      case "f32" -> toF32(depth);
      default -> toF64(depth);
    };
  }

  private String toI32(int depth) {
    return switch (random.nextInt(4)) {
      case 0 -> "(i32.wrap_i64 " + expression("i64", depth) + ")";
      case 1 -> "(i32.reinterpret_f32 " + quiet("f32", expression("f32", depth)) + ")";
      case 2 -> truncation("i32", "f32", depth);
      default -> truncation("i32", "f64", depth);
    };
  }

  private String toI64(int depth) {
    return switch (random.nextInt(4)) {
      case 0 -> "(i64.extend_i32_%s %s)".formatted(pick("s", "u"), expression("i32", depth));
      case 1 -> "(i64.reinterpret_f64 " + quiet("f64", expression("f64", depth)) + ")";
      case 2 -> truncation("i64", "f32", depth);
      default -> truncation("i64", "f64", depth);
    };
  }

  private String truncation(String to, String from, int depth) {
    return "(%s.trunc_%s%s_%s %s)"
        .formatted(
            to,
            random.nextInt(12) == 0 ? "" : "sat_",
            from,
            pick("s", "u"),
            expression(from, depth));
  }

  private String toF32(int depth) {
    return switch (random.nextInt(4)) {
      case 0 -> "(f32.demote_f64 " + expression("f64", depth) + ")";
      case 1 -> "(f32.reinterpret_i32 " + expression("i32", depth) + ")";
      case 2 -> "(f32.convert_i32_%s %s)".formatted(pick("s", "u"), expression("i32", depth));
      default -> "(f32.convert_i64_%s %s)".formatted(pick("s", "u"), expression("i64", depth));
    };
  }

  private String toF64(int depth) {
    return switch (random.nextInt(4)) {
      case 0 -> "(f64.promote_f32 " + expression("f32", depth) + ")";
      case 1 -> "(f64.reinterpret_i64 " + expression("i64", depth) + ")";
      case 2 -> "(f64.convert_i32_%s %s)".formatted(pick("s", "u"), expression("i32", depth));
      default -> "(f64.convert_i64_%s %s)".formatted(pick("s", "u"), expression("i64", depth));
    };
  }

  /// Of an earlier function, so that no call returns to itself; every seventh through the table.
  private String call(String kind, int depth) {
    int earlier = current - 1 - random.nextInt(8);
    int callee = earlier - Math.floorMod(earlier - index(kind), 4);
    if (callee < 0) {
      return leaf(kind);
    }
    var arguments =
        "%s %s %s %s"
            .formatted(
                expression("i32", Math.min(1, depth - 1)), leaf("i64"), leaf("f32"), leaf("f64"));
    return kind.equals("i32") && current > 4 && random.nextInt(7) == 0
        ? "(call_indirect (type $of_i32) %s (i32.const %d))".formatted(arguments, random.nextInt(3))
        : "(call $f%d %s)".formatted(callee, arguments);
  }
}
