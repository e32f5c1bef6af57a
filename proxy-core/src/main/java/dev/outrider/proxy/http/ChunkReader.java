package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;

/// Reads the framing of a chunked body, in any split: RFC 9112 7.1. Sizes are hexadecimal digits
/// only, line ends CR LF; extensions are ignored, but their sum is limited.
final class ChunkReader {
  enum Step {
    /// Needs more input.
    MORE,
    /// [#remaining] bytes of data follow.
    DATA,
    /// The last chunk has been read: trailers follow.
    LAST,
    FAILED
  }

  private enum State {
    SIZE,
    AFTER_SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF
  }

  /// 15 digits cannot overflow a long.
  private static final int MAX_DIGITS = 15;

  private final int extensionLimit;
  private State state = State.SIZE;
  private long remaining;
  private int digits;
  private int extensionBytes;

  ChunkReader(int extensionLimit) {
    this.extensionLimit = extensionLimit;
  }

  void begin() {
    state = State.SIZE;
    remaining = 0;
    digits = 0;
    extensionBytes = 0;
  }

  /// Bytes of data left in the current chunk.
  long remaining() {
    return remaining;
  }

  /// The caller has taken that many bytes of data.
  void consumed(int bytes) {
    remaining -= bytes;
    if (remaining == 0) {
      state = State.DATA_CR;
    }
  }

  /// Consumes framing up to data or the end of the body.
  Step read(ByteBuf in) {
    if (state == State.DATA) {
      return Step.DATA;
    }
    while (in.isReadable()) {
      var ok = accept(in.readByte());
      if (!ok) {
        return Step.FAILED;
      }
      if (state == State.DATA) {
        return remaining == 0 ? Step.LAST : Step.DATA;
      }
    }
    return Step.MORE;
  }

  private boolean accept(byte b) {
    return switch (state) {
      case SIZE -> size(b);
      case AFTER_SIZE -> afterSize(b);
      case EXTENSION -> extension(b);
      case SIZE_LF -> move(b == '\n', State.DATA);
      case DATA_CR -> move(b == '\r', State.DATA_LF);
      case DATA_LF -> dataLineFeed(b);
      case DATA -> false;
    };
  }

  private boolean dataLineFeed(byte b) {
    digits = 0;
    return move(b == '\n', State.SIZE);
  }

  private boolean move(boolean ok, State next) {
    state = next;
    return ok;
  }

  private boolean size(byte b) {
    var digit = hex(b);
    if (digit < 0) {
      return digits > 0 && afterSize(b);
    }
    remaining = remaining << 4 | digit;
    return ++digits <= MAX_DIGITS;
  }

  private boolean afterSize(byte b) {
    return switch (b) {
      case '\r' -> move(true, State.SIZE_LF);
      case ';' -> move(countExtension(), State.EXTENSION);
      case ' ', '\t' -> move(countExtension(), State.AFTER_SIZE);
      default -> false;
    };
  }

  private boolean extension(byte b) {
    if (b == '\r') {
      return move(true, State.SIZE_LF);
    }
    return (b == '\t' || b < 0 || (b >= 0x20 && b != 0x7f)) && countExtension();
  }

  private boolean countExtension() {
    return ++extensionBytes <= extensionLimit;
  }

  private static int hex(byte b) {
    if (b >= '0' && b <= '9') {
      return b - '0';
    }
    var lower = b | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }
}
