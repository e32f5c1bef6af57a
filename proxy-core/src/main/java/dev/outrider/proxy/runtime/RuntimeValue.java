package dev.outrider.proxy.runtime;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What stands under a key, read in every way in which it can be read, as Envoy does.
///
/// @param text as it was written, for `/runtime`
/// @param number null unless it is one
/// @param flag null unless it is true or false; of a number, whether it is not 0
/// @param share null unless it is a fraction with a denominator of its own
public record RuntimeValue(
    String text, @Nullable Double number, @Nullable Boolean flag, @Nullable Share share) {
  private static final Pattern PAIR =
      Pattern.compile(
          "[\"']?(numerator|denominator)[\"']?\\s*:\\s*[\"']?(\\d{1,10}|HUNDRED|TEN_THOUSAND|MILLION)[\"']?");
  private static final Pattern SHARE =
      Pattern.compile("\\{?\\s*" + PAIR + "(?:[\\s,]+" + PAIR + ")?\\s*}?");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");

  /// So many of so many.
  ///
  /// @param numerator unsigned 32-bit
  /// @param denominator 100, 10,000 or 1,000,000
  public record Share(long numerator, int denominator) {

    /// By the name or the number that the denominator has in Envoy `type.v3.FractionalPercent`;
    /// null if it has none.
    public static @Nullable Share of(long numerator, String denominator) {
      return switch (denominator) {
        case "", "0", "HUNDRED" -> new Share(numerator, 100);
        case "1", "TEN_THOUSAND" -> new Share(numerator, 10_000);
        case "2", "MILLION" -> new Share(numerator, 1_000_000);
        default -> null;
      };
    }
  }

  /// A number of a message.
  public static RuntimeValue of(double number) {
    var whole = number == Math.rint(number) && Math.abs(number) < 1e15;
    return new RuntimeValue(
        whole ? Long.toString((long) number) : Double.toString(number), number, number != 0, null);
  }

  public static RuntimeValue of(boolean flag) {
    return new RuntimeValue(Boolean.toString(flag), null, flag, null);
  }

  /// A fraction of a message.
  ///
  /// @param share null if the message is none: then it is nothing but a text
  public static RuntimeValue of(@Nullable Share share, String text) {
    return new RuntimeValue(text, null, null, share);
  }

  /// What a file or an operator says: true, false, a number, a fraction, or nothing but a text.
  public static RuntimeValue ofText(String text) {
    var stripped = text.strip();
    return switch (stripped) {
      case "true", "True", "TRUE" -> new RuntimeValue(text, null, true, null);
      case "false", "False", "FALSE" -> new RuntimeValue(text, null, false, null);
      default -> {
        var read = ofString(text);
        yield read.number == null ? of(share(stripped), text) : read;
      }
    };
  }

  /// A text in a message: a number, or nothing but a text.
  public static RuntimeValue ofString(String text) {
    var stripped = text.strip();
    if (!NUMBER.matcher(stripped).matches()) {
      return new RuntimeValue(text, null, null, null);
    }
    var number = Double.parseDouble(stripped);
    return new RuntimeValue(text, number, number != 0, null);
  }

  private static @Nullable Share share(String text) {
    if (!SHARE.matcher(text).matches()) {
      return null;
    }
    var numerator = "0";
    var denominator = "";
    var pairs = PAIR.matcher(text);
    while (pairs.find()) {
      if (pairs.group(1).equals("numerator")) {
        numerator = pairs.group(2);
      } else {
        denominator = pairs.group(2);
      }
    }
    return Character.isDigit(numerator.charAt(0))
        ? Share.of(Long.parseLong(numerator), denominator)
        : null;
  }
}
