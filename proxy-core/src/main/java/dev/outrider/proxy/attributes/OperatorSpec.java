package dev.outrider.proxy.attributes;

import org.jspecify.annotations.Nullable;

/// An operator as written: `%NAME(argument):length%`.
///
/// @param argument null without parentheses
/// @param length null without a colon
record OperatorSpec(String name, @Nullable String argument, @Nullable String length) {
  private static final int LONGEST = 9;

  /// The length in bytes that the value is cut to.
  int maxBytes() {
    return length == null || length.length() > LONGEST
        ? Integer.MAX_VALUE
        : Integer.parseInt(length);
  }

  /// The same, not cut.
  OperatorSpec withoutLength() {
    return new OperatorSpec(name, argument, null);
  }

  String argumentOrEmpty() {
    return argument == null ? "" : argument;
  }

  @Override
  public String toString() {
    return "%"
        + name
        + (argument == null ? "" : "(" + argument + ")")
        + (length == null ? "" : ":" + length)
        + "%";
  }
}
