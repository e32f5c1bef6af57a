package dev.outrider.proxy.extension.text;

import dev.outrider.proxy.extension.FieldPath;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.schema.SchemaField;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Turns one scalar node into the value of a scalar field, by protobuf's JSON mapping. Each method
/// answers null after having reported why there is no value.
final class ScalarValues {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d{1,6})?");
  private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);

  private final Schema schema;
  private final Problems problems;

  ScalarValues(Schema schema, Problems problems) {
    this.schema = schema;
    this.problems = problems;
  }

  /// A field of kind STRING.
  @Nullable String text(ConfigNode node, FieldPath path) {
    if (node instanceof ConfigNode.Text(var value, _, _)) {
      if (!wellFormed(value)) {
        problems.add(node, path, "expected Unicode text, found half a surrogate pair");
        return null;
      }
      return value;
    }
    boolean quotable = node instanceof ConfigNode.Flag || node instanceof ConfigNode.Digits;
    problems.expected(quotable ? "a string (in quotes)" : "a string", node, path);
    return null;
  }

  /// A field of kind BYTES: base64, either alphabet, padding optional.
  byte @Nullable [] bytes(ConfigNode node, FieldPath path) {
    if (node instanceof ConfigNode.Text(var value, _, _)) {
      try {
        return Base64.getDecoder().decode(value.replace('-', '+').replace('_', '/'));
      } catch (IllegalArgumentException _) {
        // reported below
      }
    }
    problems.expected("base64", node, path);
    return null;
  }

  /// Any other kind: what stands on the wire, before the variable-length or fixed-size form.
  @Nullable Long bits(SchemaField field, ConfigNode node, FieldPath path) {
    return switch (field.kind()) {
      case BOOL -> flag(node, path);
      case ENUM -> enumeration(field, node, path);
      case DOUBLE -> {
        var value = real(node, path);
        yield value == null ? null : (Long) Double.doubleToRawLongBits(value);
      }
      case FLOAT -> {
        var value = real(node, path);
        yield value == null ? null : (Long) (long) Float.floatToRawIntBits(value.floatValue());
      }
      case INT32, SFIXED32 -> integer(node, path, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case SINT32 -> zigzag(integer(node, path, Integer.MIN_VALUE, Integer.MAX_VALUE));
      case UINT32, FIXED32 -> integer(node, path, 0, 0xFFFF_FFFFL);
      case INT64, SFIXED64 -> integer(node, path, Long.MIN_VALUE, Long.MAX_VALUE);
      case SINT64 -> zigzag(integer(node, path, Long.MIN_VALUE, Long.MAX_VALUE));
      case UINT64, FIXED64 ->
          integer(node, path, BigInteger.ZERO, TWO_TO_64.subtract(BigInteger.ONE));
      case STRING, BYTES, MESSAGE, GROUP ->
          throw new IllegalArgumentException("not a number: " + field.name());
    };
  }

  /// The number that a Struct holds for a JSON number.
  @Nullable Double real(ConfigNode node, FieldPath path) {
    var text = numberText(node);
    if (text != null && NUMBER.matcher(text).matches()) {
      return Double.valueOf(text);
    }
    if (node instanceof ConfigNode.Text(var word, _, _)) {
      switch (word) {
        case "NaN" -> {
          return Double.NaN;
        }
        case "Infinity" -> {
          return Double.POSITIVE_INFINITY;
        }
        case "-Infinity" -> {
          return Double.NEGATIVE_INFINITY;
        }
        default -> {}
      }
    }
    problems.expected("a number", node, path);
    return null;
  }

  private @Nullable Long flag(ConfigNode node, FieldPath path) {
    if (node instanceof ConfigNode.Flag(var value, _, _)) {
      return value ? 1L : 0L;
    }
    problems.expected("true or false", node, path);
    return null;
  }

  private @Nullable Long enumeration(SchemaField field, ConfigNode node, FieldPath path) {
    var type = schema.enumOf(field);
    switch (node) {
      case ConfigNode.Text(var value, _, _) -> {
        var number = type.number(value);
        if (number != null) {
          return number.longValue();
        }
      }
      case ConfigNode.Digits _ -> {
        return integer(node, path, Integer.MIN_VALUE, Integer.MAX_VALUE);
      }
      case ConfigNode.Nothing _,
          ConfigNode.Flag _,
          ConfigNode.Sequence _,
          ConfigNode.Mapping _ -> {}
    }
    problems.expected("one of " + String.join(", ", type.names()), node, path);
    return null;
  }

  private @Nullable Long integer(ConfigNode node, FieldPath path, long min, long max) {
    return integer(node, path, BigInteger.valueOf(min), BigInteger.valueOf(max));
  }

  /// Also `1.0`, `1e3` and either in quotes, as protobuf's JSON mapping has it.
  private @Nullable Long integer(ConfigNode node, FieldPath path, BigInteger min, BigInteger max) {
    var text = numberText(node);
    if (text != null && text.length() <= 40 && NUMBER.matcher(text).matches()) {
      var value = new BigDecimal(text);
      // A huge exponent must not become a huge integer.
      if (value.signum() == 0) {
        value = BigDecimal.ZERO;
      }
      if (Math.abs((long) value.precision() - value.scale()) <= 25
          && value.stripTrailingZeros().scale() <= 0) {
        var integer = value.toBigIntegerExact();
        if (integer.compareTo(min) >= 0 && integer.compareTo(max) <= 0) {
          return integer.longValue();
        }
      }
    }
    problems.expected("an integer from " + min + " to " + max, node, path);
    return null;
  }

  private static @Nullable String numberText(ConfigNode node) {
    return switch (node) {
      case ConfigNode.Digits(var digits, _, _) -> digits;
      case ConfigNode.Text(var value, _, _) -> value;
      case ConfigNode.Nothing _, ConfigNode.Flag _, ConfigNode.Sequence _, ConfigNode.Mapping _ ->
          null;
    };
  }

  private static @Nullable Long zigzag(@Nullable Long value) {
    return value == null ? null : (Long) (value << 1 ^ value >> 63);
  }

  private static boolean wellFormed(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < value.length()
                && Character.isLowSurrogate(value.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
