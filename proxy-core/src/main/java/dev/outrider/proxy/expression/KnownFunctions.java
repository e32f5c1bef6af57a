package dev.outrider.proxy.expression;

import dev.cel.common.Operator;
import dev.cel.common.ast.CelExpr;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelEvaluationExceptionBuilder;
import java.util.HashSet;
import java.util.Set;

/// Refuses expressions that call what nobody has defined, when they are created: otherwise they
/// would fail at each evaluation.
final class KnownFunctions {
  private static final Set<String> NAMES = names();

  private KnownFunctions() {}

  static void check(CelExpr expression) throws CelEvaluationException {
    switch (expression.getKind()) {
      case CALL -> {
        var call = expression.call();
        if (!NAMES.contains(call.function())) {
          throw CelEvaluationExceptionBuilder.newBuilder(
                  "there is no function '%s'", call.function())
              .build();
        }
        if (call.target().isPresent()) {
          check(call.target().get());
        }
        checkAll(call.args());
      }
      case SELECT -> check(expression.select().operand());
      case LIST -> checkAll(expression.list().elements());
      case STRUCT -> {
        for (var entry : expression.struct().entries()) {
          check(entry.value());
        }
      }
      case MAP -> {
        for (var entry : expression.map().entries()) {
          check(entry.key());
          check(entry.value());
        }
      }
      case COMPREHENSION -> {
        var loop = expression.comprehension();
        check(loop.iterRange());
        check(loop.accuInit());
        check(loop.loopCondition());
        check(loop.loopStep());
        check(loop.result());
      }
      case CONSTANT, IDENT, NOT_SET -> {}
    }
  }

  private static void checkAll(Iterable<CelExpr> expressions) throws CelEvaluationException {
    for (var expression : expressions) {
      check(expression);
    }
  }

  /// Operators, and the standard functions of the language (cel-spec, List of Standard
  /// Definitions).
  private static Set<String> names() {
    var names =
        new HashSet<>(
            Set.of(
                "bool",
                "bytes",
                "contains",
                "double",
                "duration",
                "dyn",
                "endsWith",
                "getDate",
                "getDayOfMonth",
                "getDayOfWeek",
                "getDayOfYear",
                "getFullYear",
                "getHours",
                "getMilliseconds",
                "getMinutes",
                "getMonth",
                "getSeconds",
                "int",
                "matches",
                "size",
                "startsWith",
                "string",
                "timestamp",
                "type",
                "uint"));
    for (var operator : Operator.values()) {
      names.add(operator.getFunction());
    }
    return names;
  }
}
