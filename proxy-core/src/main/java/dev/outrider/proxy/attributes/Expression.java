package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Consumer;

/// An expression over the attributes of a stream (CEL), compiled. Any thread.
public interface Expression {
  /// One that never has a value.
  Expression NOTHING =
      new Expression() {
        @Override
        public boolean isTrue(StreamInfo info) {
          return false;
        }

        @Override
        public boolean write(StreamInfo info, ValueBuffer out) {
          return false;
        }

        @Override
        public boolean writeJson(StreamInfo info, int maxBytes, ValueBuffer out) {
          return false;
        }
      };

  /// Whether its value is the boolean `true`.
  boolean isTrue(StreamInfo info);

  /// Writes its value as a text; false if it has none.
  boolean write(StreamInfo info, ValueBuffer out);

  /// Writes its value as JSON; false if it has none.
  ///
  /// @param maxBytes of a text
  boolean writeJson(StreamInfo info, int maxBytes, ValueBuffer out);

  /// Makes expressions of texts.
  interface Compiler {
    /// Reports what is wrong, and then answers one that is not to be used.
    Expression compile(String text, Consumer<String> problems);
  }
}
