package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Text with `%OPERATOR(argument):length%` in it, compiled into steps that write bytes (Envoy
/// core.v3.SubstitutionFormatString). Immutable, any thread.
public final class FormatString {
  // %%, or an operator with an optional argument in parentheses, in which there may be others, and
  // an optional length.
  private static final Pattern OPERATOR =
      Pattern.compile("%(?:%|([A-Z0-9_]+)(\\((.*?)\\))?(?::(\\d+))?%)");

  private final List<Step> steps;

  private FormatString(List<Step> steps) {
    this.steps = List.copyOf(steps);
  }

  /// Compiles `text`. Whoever asks refuses the text if any problem was reported; the result is
  /// usable all the same, with `-` in those places.
  public static FormatString parse(
      String text, FormatEnvironment environment, Consumer<String> problems) {
    var steps = new ArrayList<Step>();
    var literal = new StringBuilder();
    var matcher = OPERATOR.matcher(text);
    var at = 0;
    for (var percent = text.indexOf('%'); percent >= 0; percent = text.indexOf('%', at)) {
      literal.append(text, at, percent);
      if (!matcher.find(percent) || matcher.start() != percent) {
        problems.accept("format '" + text + "': incorrect operator at position " + percent);
        at = percent + 1;
        continue;
      }
      if (matcher.group(1) == null) {
        literal.append('%');
      } else {
        flush(literal, steps);
        var spec = new OperatorSpec(matcher.group(1), matcher.group(3), matcher.group(4));
        steps.add(new Step.Operator(Operators.compile(spec, environment, problems)));
      }
      at = matcher.end();
    }
    literal.append(text, at, text.length());
    flush(literal, steps);
    return new FormatString(steps);
  }

  /// Appends the text for one stream; `-` where an operator has no value.
  public void write(StreamInfo info, ValueBuffer out) {
    write(info, out, "-");
  }

  /// Appends the text for one stream, with `missing` where an operator has no value.
  public void write(StreamInfo info, ValueBuffer out, String missing) {
    for (var i = 0; i < steps.size(); i++) {
      switch (steps.get(i)) {
        case Step.Literal(var text) -> out.put(text);
        case Step.Operator(var operator) -> {
          if (!operator.write(info, out)) {
            out.put(missing);
          }
        }
      }
    }
  }

  /// The steps, for forms other than text.
  List<Step> steps() {
    return steps;
  }

  private static void flush(StringBuilder literal, List<Step> steps) {
    if (!literal.isEmpty()) {
      steps.add(new Step.Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  /// A piece of the text.
  sealed interface Step {
    /// Copied as it is.
    record Literal(String text) implements Step {}

    /// Worked out for each stream.
    record Operator(FormatOperator operator) implements Step {}
  }
}
