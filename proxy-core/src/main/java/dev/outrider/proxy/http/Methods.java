package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The request methods that are accepted: those of Envoy's parser, custom ones being off by
/// default.
final class Methods {
  private static final String[] TEXTS = {
    "GET",
    "POST",
    "PUT",
    "QUERY",
    "HEAD",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "CONNECT",
    "TRACE",
    "ACL",
    "BIND",
    "CHECKOUT",
    "COPY",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "MSEARCH",
    "NOTIFY",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE"
  };
  private static final byte[][] BYTES = bytes();

  private Methods() {}

  static boolean isKnown(byte[] array, int offset, int length) {
    return known(array, offset, length) != null;
  }

  /// Allocates nothing for a known method.
  static String text(byte[] array, int offset, int length) {
    var known = known(array, offset, length);
    return known != null ? known : new String(array, offset, length, StandardCharsets.ISO_8859_1);
  }

  private static @Nullable String known(byte[] array, int offset, int length) {
    for (var i = 0; i < BYTES.length; i++) {
      var method = BYTES[i];
      if (method.length == length
          && Arrays.equals(method, 0, length, array, offset, offset + length)) {
        return TEXTS[i];
      }
    }
    return null;
  }

  private static byte[][] bytes() {
    var all = new byte[TEXTS.length][];
    for (var i = 0; i < TEXTS.length; i++) {
      all[i] = TEXTS[i].getBytes(StandardCharsets.ISO_8859_1);
    }
    return all;
  }
}
