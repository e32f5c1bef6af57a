package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Consumer;

/// `%CEL(expression):Z%`, or `%TYPED_CEL(expression)%`, which keeps its type in JSON.
record ExpressionOperator(Expression expression, boolean typed, int maxBytes)
    implements FormatOperator {

  static FormatOperator of(
      OperatorSpec spec, FormatEnvironment environment, Consumer<String> problems) {
    if (spec.argumentOrEmpty().isEmpty()) {
      problems.accept("operator " + spec + " needs an expression");
    }
    var expression =
        environment
            .expressions()
            .compile(
                spec.argumentOrEmpty(),
                problem -> problems.accept("operator " + spec + ": " + problem));
    return new ExpressionOperator(expression, spec.name().equals("TYPED_CEL"), spec.maxBytes());
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    var from = out.size();
    if (!expression.write(info, out)) {
      return false;
    }
    if (out.size() - from > maxBytes) {
      out.truncate(from + maxBytes);
    }
    return true;
  }

  @Override
  public boolean writeJson(StreamInfo info, ValueBuffer out) {
    if (typed) {
      return expression.writeJson(info, maxBytes, out);
    }
    var from = out.size();
    if (!write(info, out)) {
      return false;
    }
    JsonText.quoteFrom(from, out);
    return true;
  }
}
