package dev.outrider.proxy.extension.schema;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// One validation rule, as Envoy's `.proto` files state it with `validate.rules`.
public sealed interface Rule {

  /// The message must be set.
  record Required() implements Rule {}

  /// The message is not looked into.
  record Skip() implements Rule {}

  /// Length of a string or bytes value.
  ///
  /// @param max -1 for none
  /// @param bytes counted in bytes, else in code points
  record Length(int min, int max, boolean bytes) implements Rule {}

  /// The other rules hold only for a non-empty string.
  record IgnoreEmpty() implements Rule {}

  /// The string is one of these.
  record OneOf(List<String> allowed) implements Rule {}

  /// The string contains a match; the pattern anchors itself.
  record Matches(Pattern pattern) implements Rule {}

  /// How the string starts and ends; empty for any.
  record Affix(String prefix, String suffix) implements Rule {}

  /// An HTTP header's name or value; strict by RFC 9110, else only free of NUL, CR and LF.
  record Header(boolean value, boolean strict) implements Rule {}

  /// A bounded number: integer, double or duration.
  record Range(Scale scale, Bound low, Bound high) implements Rule {}

  /// The enum value has a name.
  record Defined() implements Rule {}

  /// The enum value is none of these.
  record NotIn(Set<Integer> forbidden) implements Rule {}

  /// Number of items or map entries.
  ///
  /// @param max -1 for none
  record Items(int min, int max) implements Rule {}

  /// No item twice.
  record Unique() implements Rule {}

  /// The only allowed value of a bool.
  record Constant(boolean value) implements Rule {}

  /// What the raw value of a [Bound] means: an unsigned integer, the bits of a double, nanoseconds.
  enum Scale {
    INTEGER,
    DOUBLE,
    NANOS
  }

  /// One end of a range.
  record Bound(boolean set, boolean inclusive, long raw) {}
}
