package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;

/// Makes one line of those that share a name which Envoy keeps one value for, with `,` between the
/// values (RFC 9110 5.3). Lines of other names stay as they are, cookies among them.
public final class JoinedLines {
  private static final boolean[] JOINED = joined();

  private JoinedLines() {}

  /// Whether lines of that name are made one.
  public static boolean joins(HeaderName name) {
    return joins(name.key());
  }

  static boolean joins(int key) {
    return key > 0 && key < JOINED.length && JOINED[key];
  }

  /// To be called only if a name is there twice: it is rare, and allocates.
  public static void apply(HeaderMap head) {
    for (int line = 0, end = head.lines(); line < end; line++) {
      if (head.live(line) && joins(head.raw().key(line))) {
        var name = HeaderNames.byId(head.raw().key(line));
        if (head.find(name, line + 1) >= 0) {
          join(head, name, line);
        }
      }
    }
  }

  private static void join(HeaderMap head, HeaderName name, int first) {
    var text = new StringBuilder();
    for (var line = first; line >= 0; line = head.find(name, line + 1)) {
      text.append(text.isEmpty() && line == first ? "" : ",").append(bytes(head, line));
    }
    var value = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    head.set(name, value, 0, value.length);
  }

  private static String bytes(HeaderMap head, int line) {
    return new String(
        head.array(), head.valueOffset(line), head.valueLength(line), StandardCharsets.ISO_8859_1);
  }

  private static boolean[] joined() {
    var table = new boolean[HeaderNames.count() + 1];
    for (var name :
        new HeaderName[] {
          HeaderNames.ACCEPT,
          HeaderNames.ACCEPT_ENCODING,
          HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN,
          HeaderNames.AGE,
          HeaderNames.AUTHORIZATION,
          HeaderNames.CACHE_CONTROL,
          HeaderNames.CONTENT_ENCODING,
          HeaderNames.CONTENT_TYPE,
          HeaderNames.DATE,
          HeaderNames.ETAG,
          HeaderNames.EXPECT,
          HeaderNames.EXPIRES,
          HeaderNames.GRPC_MESSAGE,
          HeaderNames.GRPC_STATUS,
          HeaderNames.GRPC_TIMEOUT,
          HeaderNames.LAST_MODIFIED,
          HeaderNames.LOCATION,
          HeaderNames.ORIGIN,
          HeaderNames.REFERER,
          HeaderNames.SERVER,
          HeaderNames.USER_AGENT,
          HeaderNames.VARY,
          HeaderNames.VIA,
          HeaderNames.X_FORWARDED_CLIENT_CERT,
          HeaderNames.X_FORWARDED_FOR,
          HeaderNames.X_FORWARDED_HOST,
          HeaderNames.X_FORWARDED_PORT,
          HeaderNames.X_FORWARDED_PROTO,
          HeaderNames.X_REQUEST_ID
        }) {
      table[name.key()] = true;
    }
    return table;
  }
}
