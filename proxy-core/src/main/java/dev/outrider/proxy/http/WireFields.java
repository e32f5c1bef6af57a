package dev.outrider.proxy.http;

/// How many header bytes of an HTTP/1.1 head Envoy counts as received: the names and values of its
/// lines and three bytes for each, whatever stood between them.
public final class WireFields {
  private static final int PER_LINE = 3;

  /// They stand in front.
  private static final int PSEUDO = 5;

  private static final int HOST = "host".length();

  private WireFields() {}

  /// For a head as the parser gives it, before anything was changed in it.
  public static long bytes(HeaderMap head) {
    var lines = head.raw();
    var bytes = head.byteSize() + PER_LINE * head.count();
    for (int line = 0, front = Math.min(PSEUDO, lines.count()); line < front; line++) {
      var key = lines.key(line);
      if (key == HeaderNames.AUTHORITY_ID) {
        bytes += HOST - lines.nameLength(line);
      } else if (HeadLines.isPseudo(key)) {
        bytes -= lines.nameLength(line) + lines.valueLength(line) + PER_LINE;
      }
    }
    return Math.max(bytes, PER_LINE); // the end of a head is a line, too
  }
}
