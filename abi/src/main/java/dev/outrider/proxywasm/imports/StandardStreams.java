package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.LogLevel;
import java.util.Arrays;

/// What a guest prints to standard output and error, line by line to the log: Go's runtime writes a
/// panic in many short pieces, and AssemblyScript logs in no other way.
///
/// One per VM. What is left without a line end is written when the callback ends.
final class StandardStreams {
  private static final int LONGEST_LINE = GuestLog.LONGEST_LINE;

  private final HostCall call;
  private final Line output = new Line(LogLevel.INFO);
  private final Line error = new Line(LogLevel.ERROR);

  StandardStreams(HostCall call) {
    this.call = call;
  }

  void output(byte[] source, int offset, int length) {
    output.append(source, offset, length);
  }

  void error(byte[] source, int offset, int length) {
    error.append(source, offset, length);
  }

  /// Writes what is left.
  void flush() {
    output.flush();
    error.flush();
  }

  private final class Line {
    private final LogLevel level;
    private byte[] bytes = {};
    private int length;

    Line(LogLevel level) {
      this.level = level;
    }

    void append(byte[] source, int offset, int size) {
      int from = offset;
      for (int i = offset; i < offset + size; i++) {
        if (source[i] == '\n') {
          keep(source, from, i - from);
          flush();
          from = i + 1;
        }
      }
      keep(source, from, offset + size - from);
    }

    private void keep(byte[] source, int offset, int size) {
      int from = offset;
      for (int left = size; left > 0; ) {
        int kept = Math.min(left, LONGEST_LINE - length);
        if (length + kept > bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.min(LONGEST_LINE, Math.max(length + kept, 2 * length)));
        }
        System.arraycopy(source, from, bytes, length, kept);
        length += kept;
        from += kept;
        left -= kept;
        if (length == LONGEST_LINE) {
          flush();
        }
      }
    }

    void flush() {
      if (length > 0) {
        call.log(level, bytes, 0, length);
        length = 0;
      }
    }
  }
}
