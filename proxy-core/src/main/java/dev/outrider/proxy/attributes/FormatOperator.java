package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;

/// One `%OPERATOR%` of a format string, compiled. Immutable, any thread.
public interface FormatOperator {

  /// Writes the value; writes nothing that counts and answers false if there is none.
  boolean write(StreamInfo info, ValueBuffer out);

  /// Whether JSON shows it as a number if it stands alone.
  default boolean numeric() {
    return false;
  }

  /// Writes the value as JSON shows it where the operator stands alone; false if there is none.
  default boolean writeJson(StreamInfo info, ValueBuffer out) {
    var from = out.size();
    if (!write(info, out)) {
      return false;
    }
    if (!numeric()) {
      JsonText.quoteFrom(from, out);
    }
    return true;
  }
}
