package dev.outrider.proxy.expression;

import dev.cel.common.CelValidationException;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.Program;
import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.AttributeRoots;
import dev.outrider.proxy.attributes.Expression;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One expression of a configuration. Two of the same text are the same, so that a configuration
/// read anew is no change. Any thread.
public final class CelExpression implements Expression {
  private static final Logger LOG = LoggerFactory.getLogger("expression");
  private static final String NODE = "xds.node";

  private final String text;
  private final Program program;
  private final AttributeReader reader =
      new AttributeReader(new AttributeRoots("", "", "", new byte[0]));

  private CelExpression(String text, Program program) {
    this.text = text;
    this.program = program;
  }

  /// Compiles, and evaluates once without a stream: so the classes that it takes are loaded where
  /// configuration is read, and not by the first request.
  public static Expression compile(String text, Consumer<String> problems) {
    if (text.contains(NODE)) {
      problems.accept("'" + text + "': " + NODE + " is known to guests only");
      return NOTHING;
    }
    try {
      var expression = new CelExpression(text, ExpressionEngine.compile(text));
      var _ = expression.value(null);
      return expression;
    } catch (CelValidationException | CelEvaluationException refused) {
      problems.accept("'" + text + "' is no expression: " + refused.getMessage());
    } catch (StackOverflowError tooDeep) {
      // the parser bounds how deep expressions stand in each other, but not chains of members
      problems.accept("the expression is too deep for the stack");
    }
    return NOTHING;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CelExpression that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public boolean isTrue(StreamInfo info) {
    return Boolean.TRUE.equals(value(info));
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    var value = value(info);
    return value != null && CelText.write(value, out);
  }

  @Override
  public boolean writeJson(StreamInfo info, int maxBytes, ValueBuffer out) {
    var value = value(info);
    return value != null && CelJson.write(value, maxBytes, out);
  }

  /// Null if it has none.
  private @Nullable Object value(@Nullable StreamInfo info) {
    try {
      return program.eval(new AttributeVariables(reader).of(info));
    } catch (CelEvaluationException | RuntimeException failed) {
      // whatever an expression brings about in the library is its own failure, not the stream's
      LOG.debug("an expression has no value: {}", failed.getMessage());
      return null;
    }
  }
}
