package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;

/// Copies the field lines of a head into a buffer. Lines that lie next to each other in the array,
/// as received or as edited, are copied in one piece.
final class HeadWriter {
  /// What becomes of `content-length`.
  enum Length {
    KEPT,
    DROPPED
  }

  private final NameStyle style;
  private int runStart;
  private int runEnd;

  HeadWriter(NameStyle style) {
    this.style = style;
  }

  /// Upper bound of the bytes that the lines take.
  static int size(HeaderMap head) {
    return head.byteSize() + 4 * head.count();
  }

  /// The length of the body; -1 unless the head says so exactly once and in digits.
  static long contentLength(HeaderMap head) {
    var line = head.find(HeaderNames.CONTENT_LENGTH);
    return line < 0 || head.find(HeaderNames.CONTENT_LENGTH, line + 1) >= 0
        ? -1
        : head.valueAsLong(line);
  }

  static void value(HeaderMap head, int line, ByteBuf out) {
    out.writeBytes(head.array(), head.valueOffset(line), head.valueLength(line));
  }

  /// All but pseudo-headers and `transfer-encoding`, which belongs to the codec; with `close`,
  /// without `connection`.
  void fields(HeaderMap head, Length length, boolean close, ByteBuf out) {
    if (style.plain(head)) {
      plainFields(head, length, close, out);
    } else {
      styledFields(head, length, close, out);
    }
  }

  /// Whatever the style: trailers, as in Envoy.
  void plainFields(HeaderMap head, Length length, boolean close, ByteBuf out) {
    var raw = head.raw();
    var bytes = raw.bytes();
    runStart = 0;
    runEnd = 0;
    for (int line = 0, end = raw.count(); line < end; line++) {
      var key = raw.key(line);
      if (key == HeaderKey.REMOVED || HeadLines.isPseudo(key) || isDropped(key, length, close)) {
        continue;
      }
      var name = raw.name(line);
      var nameLength = raw.nameLength(line);
      var value = raw.value(line);
      var valueEnd = value + raw.valueLength(line);
      if (name == value - nameLength - 2 && bytes[valueEnd] == '\r') {
        extendRun(bytes, name, valueEnd + 2, out);
      } else {
        writeRun(bytes, out);
        out.writeBytes(bytes, name, nameLength).writeByte(':').writeByte(' ');
        out.writeBytes(bytes, value, valueEnd - value).writeByte('\r').writeByte('\n');
      }
    }
    writeRun(bytes, out);
  }

  private void styledFields(HeaderMap head, Length length, boolean close, ByteBuf out) {
    var raw = head.raw();
    for (int line = 0, end = raw.count(); line < end; line++) {
      var key = raw.key(line);
      if (key != HeaderKey.REMOVED && !HeadLines.isPseudo(key) && !isDropped(key, length, close)) {
        style.line(head, line, out);
      }
    }
  }

  private static boolean isDropped(int key, Length length, boolean close) {
    return key == HeaderNames.TRANSFER_ENCODING_ID
        || (key == HeaderNames.CONTENT_LENGTH_ID && length == Length.DROPPED)
        || (key == HeaderNames.CONNECTION_ID && close);
  }

  private void extendRun(byte[] bytes, int from, int end, ByteBuf out) {
    if (from != runEnd) {
      writeRun(bytes, out);
      runStart = from;
    }
    runEnd = end;
  }

  private void writeRun(byte[] bytes, ByteBuf out) {
    out.writeBytes(bytes, runStart, runEnd - runStart);
    runStart = runEnd;
  }
}
