package dev.outrider.proxy.extension.check;

import dev.outrider.proxy.extension.schema.Rule;
import dev.outrider.proxy.extension.schema.Rule.Bound;
import dev.outrider.proxy.extension.schema.SchemaEnum;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/// Holds one value against its rules; each method answers what is wrong, in Envoy's words followed
/// by what was found.
final class ValueRules {
  private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000);

  private ValueRules() {}

  /// A string, or bytes seen as text.
  static List<String> text(List<Rule> rules, String value) {
    List<String> broken = List.of();
    for (var rule : rules) {
      if (rule instanceof Rule.IgnoreEmpty && value.isEmpty()) {
        return List.of();
      }
      broken = with(broken, text(rule, value));
    }
    return broken;
  }

  static List<String> integer(List<Rule> rules, long value, boolean unsigned) {
    List<String> broken = List.of();
    for (var rule : rules) {
      if (rule instanceof Rule.Range range && !inside(range, value)) {
        var number = new BigDecimal(unsigned ? Long.toUnsignedString(value) : Long.toString(value));
        broken = with(broken, range(range, number, ""));
      }
    }
    return broken;
  }

  /// Whether a number that is not negative lies within bounds that are not, which is what most are.
  private static boolean inside(Rule.Range range, long value) {
    var low = range.low();
    var high = range.high();
    return range.scale() == Rule.Scale.INTEGER
        && value >= 0
        && (!low.set()
            || (low.raw() >= 0 && (value > low.raw() || (value == low.raw() && low.inclusive()))))
        && (!high.set() || value < high.raw() || (value == high.raw() && high.inclusive()));
  }

  /// NaN is outside every range.
  static List<String> real(List<Rule> rules, double value) {
    List<String> broken = List.of();
    for (var rule : rules) {
      if (rule instanceof Rule.Range range) {
        broken =
            with(
                broken,
                Double.isFinite(value)
                    ? range(range, BigDecimal.valueOf(value), "")
                    : Optional.of(allowed(range, "") + ", found " + value));
      }
    }
    return broken;
  }

  static List<String> duration(List<Rule> rules, long seconds, long nanos) {
    List<String> broken = List.of();
    for (var rule : rules) {
      if (rule instanceof Rule.Range range) {
        var value = BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9));
        broken = with(broken, range(range, value, "s"));
      }
    }
    return broken;
  }

  static List<String> enumeration(List<Rule> rules, int value, SchemaEnum type) {
    List<String> broken = List.of();
    for (var rule : rules) {
      if (rule instanceof Rule.Defined && !type.defines(value)) {
        broken =
            with(
                broken,
                Optional.of(
                    "value must be one of the defined enum values "
                        + type.names()
                        + ", found "
                        + value));
      } else if (rule instanceof Rule.NotIn(var forbidden) && forbidden.contains(value)) {
        broken = with(broken, Optional.of("value must not be in list " + forbidden));
      }
    }
    return broken;
  }

  static List<String> flag(List<Rule> rules, boolean value) {
    List<String> broken = List.of();
    for (var rule : rules) {
      if (rule instanceof Rule.Constant(var only) && only != value) {
        broken = with(broken, Optional.of("value must equal " + only));
      }
    }
    return broken;
  }

  static List<String> items(Rule.Items rule, int count) {
    if (count < rule.min()) {
      return List.of("value must contain at least " + rule.min() + " item(s), found " + count);
    }
    return rule.max() >= 0 && count > rule.max()
        ? List.of("value must contain no more than " + rule.max() + " item(s), found " + count)
        : List.of();
  }

  private static List<String> with(List<String> broken, Optional<String> another) {
    if (another.isEmpty()) {
      return broken;
    }
    var all = new ArrayList<>(broken);
    all.add(another.get());
    return all;
  }

  private static Optional<String> text(Rule rule, String value) {
    return switch (rule) {
      case Rule.Length length -> length(length, value);
      case Rule.OneOf(var allowed) ->
          allowed.contains(value)
              ? Optional.empty()
              : wrong("value must be in list " + allowed, value);
      case Rule.Matches(var pattern) ->
          pattern.matcher(value).find()
              ? Optional.empty()
              : wrong("value does not match regex pattern \"" + pattern + "\"", value);
      case Rule.Affix(var prefix, var suffix) ->
          value.startsWith(prefix) && value.endsWith(suffix)
              ? Optional.empty()
              : wrong(
                  "value must start with \"" + prefix + "\" and end with \"" + suffix + "\"",
                  value);
      case Rule.Header(var isValue, var strict) -> header(isValue, strict, value);
      case Rule.Required _,
          Rule.Skip _,
          Rule.IgnoreEmpty _,
          Rule.Range _,
          Rule.Defined _,
          Rule.NotIn _,
          Rule.Items _,
          Rule.Unique _,
          Rule.Constant _ ->
          Optional.empty();
    };
  }

  private static Optional<String> length(Rule.Length rule, String value) {
    if (rule.max() < 0 && value.length() >= rule.min() && rule.min() <= 1) {
      return Optional.empty(); // not empty, which is what most ask for
    }
    int found =
        rule.bytes()
            ? value.getBytes(StandardCharsets.UTF_8).length
            : value.codePointCount(0, value.length());
    var unit = rule.bytes() ? " bytes" : " characters";
    if (found < rule.min()) {
      return Optional.of("value length must be at least " + rule.min() + unit + ", found " + found);
    }
    return rule.max() >= 0 && found > rule.max()
        ? Optional.of("value length must be at most " + rule.max() + unit + ", found " + found)
        : Optional.empty();
  }

  private static Optional<String> header(boolean isValue, boolean strict, String value) {
    if (!strict) {
      // Empty is allowed: a field that is not given has no presence of its own.
      return all(value, c -> c != 0 && c != '\r' && c != '\n')
          ? Optional.empty()
          : wrong("value must be free of NUL, CR and LF", value);
    }
    if (isValue) {
      return all(value, c -> c == '\t' || (c >= 0x20 && c != 0x7F))
          ? Optional.empty()
          : wrong("value must be free of control characters", value);
    }
    var name = value.startsWith(":") ? value.substring(1) : value;
    return !name.isEmpty() && all(name, ValueRules::tokenCharacter)
        ? Optional.empty()
        : wrong("value must be an HTTP header name", value);
  }

  private static boolean tokenCharacter(int c) {
    return c < 0x80 && (Character.isLetterOrDigit(c) || "!#$%&'*+-.^_|~`".indexOf(c) >= 0);
  }

  private static boolean all(String value, IntPredicate allowed) {
    for (int i = 0; i < value.length(); i++) {
      if (!allowed.test(value.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> wrong(String message, String value) {
    var shown = value.length() <= 60 ? value : value.substring(0, 60) + "...";
    return Optional.of(message + ", found '" + shown + "'");
  }

  private static Optional<String> range(Rule.Range rule, BigDecimal value, String unit) {
    boolean low = !rule.low().set() || within(value.compareTo(bound(rule, rule.low())), rule.low());
    boolean high =
        !rule.high().set() || within(bound(rule, rule.high()).compareTo(value), rule.high());
    return low && high
        ? Optional.empty()
        : Optional.of(
            allowed(rule, unit) + ", found " + value.stripTrailingZeros().toPlainString() + unit);
  }

  private static boolean within(int comparison, Bound bound) {
    return comparison > 0 || (comparison == 0 && bound.inclusive());
  }

  private static String allowed(Rule.Range rule, String unit) {
    var low = bound(rule, rule.low()).stripTrailingZeros().toPlainString() + unit;
    var high = bound(rule, rule.high()).stripTrailingZeros().toPlainString() + unit;
    if (!rule.high().set()) {
      return "value must be greater than " + (rule.low().inclusive() ? "or equal to " : "") + low;
    }
    if (!rule.low().set()) {
      return "value must be less than " + (rule.high().inclusive() ? "or equal to " : "") + high;
    }
    return "value must be inside range "
        + (rule.low().inclusive() ? "[" : "(")
        + low
        + ", "
        + high
        + (rule.high().inclusive() ? "]" : ")");
  }

  private static BigDecimal bound(Rule.Range rule, Bound bound) {
    return switch (rule.scale()) {
      case INTEGER -> BigDecimal.valueOf(bound.raw());
      case DOUBLE -> BigDecimal.valueOf(Double.longBitsToDouble(bound.raw()));
      case NANOS -> BigDecimal.valueOf(bound.raw()).divide(NANOS_PER_SECOND);
    };
  }
}
