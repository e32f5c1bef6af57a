package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;

/// One `%OPERATOR%` of a format string, compiled. Immutable, any thread.
public interface FormatOperator {

  /// Writes the value; writes nothing and answers false if there is none.
  boolean write(StreamInfo info, ValueBuffer out);

  /// Whether JSON shows it as a number if it stands alone.
  default boolean numeric() {
    return false;
  }
}
