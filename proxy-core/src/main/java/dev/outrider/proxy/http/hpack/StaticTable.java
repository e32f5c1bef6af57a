package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeaderKey;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// RFC 7541 appendix A. Every name in it is one that [HeaderNames] knows, and entries of one name
/// follow each other.
final class StaticTable {
  /// The last index; the dynamic table begins behind it.
  static final int SIZE = 61;

  private static final String[] ENTRIES = {
    ":authority",
    ":method GET",
    ":method POST",
    ":path /",
    ":path /index.html",
    ":scheme http",
    ":scheme https",
    ":status 200",
    ":status 204",
    ":status 206",
    ":status 304",
    ":status 400",
    ":status 404",
    ":status 500",
    "accept-charset",
    "accept-encoding gzip, deflate",
    "accept-language",
    "accept-ranges",
    "accept",
    "access-control-allow-origin",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate"
  };
  private static final HeaderName[] NAMES = new HeaderName[SIZE + 1];
  private static final byte[][] VALUES = new byte[SIZE + 1][];

  /// Key of a known name -> its first index, or 0.
  private static final int[] FIRST = new int[HeaderNames.count() + 1];

  static {
    NAMES[0] = HeaderNames.AUTHORITY;
    VALUES[0] = new byte[0];
    for (var index = SIZE; index > 0; index--) {
      var entry = ENTRIES[index - 1];
      var space = entry.indexOf(' ');
      NAMES[index] = HeaderName.of(space < 0 ? entry : entry.substring(0, space));
      VALUES[index] =
          (space < 0 ? "" : entry.substring(space + 1)).getBytes(StandardCharsets.US_ASCII);
      FIRST[NAMES[index].key()] = index;
    }
  }

  private StaticTable() {}

  static int key(int index) {
    return NAMES[index].key();
  }

  static byte[] value(int index) {
    return VALUES[index];
  }

  /// First index of a name, or 0.
  static int first(int key) {
    return HeaderKey.isKnown(key) ? FIRST[key] : 0;
  }

  /// Index of that name and value, `first` being that of the name; or 0.
  static int find(int first, byte[] value, int offset, int length) {
    var key = key(first);
    for (var index = first; index <= SIZE && key(index) == key; index++) {
      var own = VALUES[index];
      if (own.length == length && Arrays.equals(own, 0, length, value, offset, offset + length)) {
        return index;
      }
    }
    return 0;
  }
}
