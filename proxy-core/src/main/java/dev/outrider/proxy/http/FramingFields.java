package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Collects, while a head is read, the fields that decide where its message ends and whether the
/// connection goes on: RFC 9112 6 and 9, with every ambiguity refused.
final class FramingFields {
  private static final byte[] CHUNKED = ascii("chunked");
  private static final byte[] CLOSE = ascii("close");
  private static final byte[] KEEP_ALIVE = ascii("keep-alive");
  private static final byte[] UPGRADE = ascii("upgrade");
  private static final byte[] H2C = ascii("h2c");
  private static final byte[] CONTINUE = ascii("100-continue");

  private long contentLength;
  private boolean chunked;
  private boolean close;
  private boolean keepAlive;
  private boolean connectionUpgrade;
  private boolean upgradeOffered;
  private boolean expectContinue;

  void reset() {
    contentLength = -1;
    chunked = false;
    close = false;
    keepAlive = false;
    connectionUpgrade = false;
    upgradeOffered = false;
    expectContinue = false;
  }

  /// Looks at one field; returns why the message must be refused, or null.
  @Nullable MessageError observe(int key, byte[] bytes, int offset, int length) {
    return switch (key) {
      case HeaderNames.CONTENT_LENGTH_ID -> contentLength(bytes, offset, length);
      case HeaderNames.TRANSFER_ENCODING_ID -> transferEncoding(bytes, offset, length);
      case HeaderNames.CONNECTION_ID -> connection(bytes, offset, length);
      case HeaderNames.UPGRADE_ID -> upgrade(bytes, offset, length);
      case HeaderNames.EXPECT_ID -> expect(bytes, offset, length);
      default -> null;
    };
  }

  /// To be asked when the head is complete.
  @Nullable MessageError conflict() {
    return bothLengths() ? MessageError.LENGTH_AND_CHUNKED : null;
  }

  boolean bothLengths() {
    return chunked && contentLength >= 0;
  }

  /// -1 if there is no such field.
  long contentLength() {
    return contentLength;
  }

  boolean chunked() {
    return chunked;
  }

  boolean close() {
    return close;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  boolean upgrade() {
    return connectionUpgrade && upgradeOffered;
  }

  boolean expectContinue() {
    return expectContinue;
  }

  private @Nullable MessageError contentLength(byte[] bytes, int offset, int length) {
    if (contentLength >= 0) {
      return MessageError.CODEC_ERROR;
    }
    contentLength = Digits.parse(bytes, offset, length);
    return contentLength < 0 ? MessageError.CODEC_ERROR : null;
  }

  /// Nothing but one `chunked`: any other coding, or a list, is something that two readers may
  /// frame differently.
  private @Nullable MessageError transferEncoding(byte[] bytes, int offset, int length) {
    if (chunked || !Tokens.equalsIgnoreCase(bytes, offset, length, CHUNKED)) {
      return MessageError.INVALID_TRANSFER_ENCODING;
    }
    chunked = true;
    return null;
  }

  private @Nullable MessageError connection(byte[] bytes, int offset, int length) {
    var end = offset + length;
    for (int at = Tokens.next(bytes, offset, end), stop;
        at < end;
        at = Tokens.next(bytes, stop, end)) {
      stop = Tokens.stop(bytes, at, end);
      var size = Tokens.length(bytes, at, stop);
      close |= Tokens.equalsIgnoreCase(bytes, at, size, CLOSE);
      keepAlive |= Tokens.equalsIgnoreCase(bytes, at, size, KEEP_ALIVE);
      connectionUpgrade |= Tokens.equalsIgnoreCase(bytes, at, size, UPGRADE);
    }
    return null;
  }

  private @Nullable MessageError upgrade(byte[] bytes, int offset, int length) {
    var end = offset + length;
    for (int at = Tokens.next(bytes, offset, end), stop;
        at < end;
        at = Tokens.next(bytes, stop, end)) {
      stop = Tokens.stop(bytes, at, end);
      upgradeOffered |= !Tokens.equalsIgnoreCase(bytes, at, Tokens.length(bytes, at, stop), H2C);
    }
    return null;
  }

  private @Nullable MessageError expect(byte[] bytes, int offset, int length) {
    expectContinue |= Tokens.equalsIgnoreCase(bytes, offset, length, CONTINUE);
    return null;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
