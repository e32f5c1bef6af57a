package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Removes from a head what belongs to one connection only: RFC 9110 7.6.1. To be called once per
/// head, between the codec and everything else, whatever the protocol version.
public final class HopByHop {
  /// Envoy refuses a longer `connection` list.
  private static final int MAX_TOKENS = 9;

  private static final int MAX_TE_LENGTH = 255;
  private static final byte[] TRAILERS = ascii("trailers");
  private static final byte[] UPGRADE = ascii("upgrade");
  private static final byte[] KEEP_ALIVE = ascii("keep-alive");
  private static final byte[] CLOSE = ascii("close");

  private HopByHop() {}

  /// Removes `connection` and what it names, `keep-alive`, `proxy-connection`, `transfer-encoding`,
  /// `upgrade` (unless `keepUpgrade`), and reduces `te` to `trailers`. Returns why the request must
  /// be refused, or null.
  public static @Nullable MessageError request(HeaderMap head, boolean keepUpgrade) {
    var error = removeNamed(head, true);
    if (error != null) {
      return error;
    }
    var te = head.find(HeaderNames.TE);
    if (te >= 0 && !reduceTe(head, te)) {
      return MessageError.CONNECTION_HEADER_REJECTED;
    }
    removeFixed(head, keepUpgrade);
    return null;
  }

  /// The same for a response. Unlike Envoy it also removes what `connection` names.
  public static void response(HeaderMap head, boolean keepUpgrade) {
    removeNamed(head, false);
    head.remove(HeaderNames.TE);
    removeFixed(head, keepUpgrade);
  }

  private static void removeFixed(HeaderMap head, boolean keepUpgrade) {
    head.remove(HeaderNames.KEEP_ALIVE);
    head.remove(HeaderNames.PROXY_CONNECTION);
    head.remove(HeaderNames.TRANSFER_ENCODING);
    if (keepUpgrade && head.contains(HeaderNames.UPGRADE)) {
      if (!speaksOfUpgradeOnly(head)) {
        head.set(HeaderNames.CONNECTION, UPGRADE, 0, UPGRADE.length);
      }
    } else {
      head.remove(HeaderNames.CONNECTION);
      head.remove(HeaderNames.UPGRADE);
    }
  }

  /// Then it goes on as it is, as in Envoy: `Upgrade`, or the `keep-alive, Upgrade` of a browser.
  private static boolean speaksOfUpgradeOnly(HeaderMap head) {
    var line = head.find(HeaderNames.CONNECTION);
    if (line < 0 || head.find(HeaderNames.CONNECTION, line + 1) >= 0) {
      return false;
    }
    var bytes = head.array();
    var at = head.valueOffset(line);
    var end = at + head.valueLength(line);
    for (int stop; (at = Tokens.next(bytes, at, end)) < end; at = stop) {
      stop = Tokens.stop(bytes, at, end);
      var length = Tokens.length(bytes, at, stop);
      if (!Tokens.equalsIgnoreCase(bytes, at, length, UPGRADE)
          && !Tokens.equalsIgnoreCase(bytes, at, length, KEEP_ALIVE)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable MessageError removeNamed(HeaderMap head, boolean request) {
    var tokens = 0;
    for (var line = head.find(HeaderNames.CONNECTION);
        line >= 0;
        line = head.find(HeaderNames.CONNECTION, line + 1)) {
      var bytes = head.array();
      var at = head.valueOffset(line);
      var end = at + head.valueLength(line);
      for (int stop; (at = Tokens.next(bytes, at, end)) < end; at = stop) {
        stop = Tokens.stop(bytes, at, end);
        var length = Tokens.length(bytes, at, stop);
        if (request && (++tokens > MAX_TOKENS || mayNotBeNamed(bytes, at, length))) {
          return MessageError.CONNECTION_HEADER_REJECTED;
        }
        if (!staysForNow(bytes, at, length)) {
          head.remove(bytes, at, length);
        }
      }
    }
    return null;
  }

  /// `close` is an option without a header; what `upgrade` and `te` become is decided on their own;
  /// a pseudo-header is never removed (of a response, where there is nobody to refuse).
  private static boolean staysForNow(byte[] bytes, int offset, int length) {
    return Tokens.equalsIgnoreCase(bytes, offset, length, CLOSE)
        || Tokens.equalsIgnoreCase(bytes, offset, length, UPGRADE)
        || is(HeaderNames.TE, bytes, offset, length)
        || is(HeaderNames.CONNECTION, bytes, offset, length)
        || bytes[offset] == ':';
  }

  private static boolean mayNotBeNamed(byte[] bytes, int offset, int length) {
    return bytes[offset] == ':'
        || is(HeaderNames.X_FORWARDED_FOR, bytes, offset, length)
        || is(HeaderNames.X_FORWARDED_HOST, bytes, offset, length)
        || is(HeaderNames.X_FORWARDED_PROTO, bytes, offset, length);
  }

  private static boolean is(HeaderName name, byte[] bytes, int offset, int length) {
    return Tokens.equalsIgnoreCase(bytes, offset, length, name.bytes());
  }

  /// Returns false if the value is too long to be looked at.
  private static boolean reduceTe(HeaderMap head, int firstLine) {
    var trailers = false;
    for (var line = firstLine; line >= 0; line = head.find(HeaderNames.TE, line + 1)) {
      var bytes = head.array();
      var at = head.valueOffset(line);
      var end = at + head.valueLength(line);
      if (end - at > MAX_TE_LENGTH) {
        return false;
      }
      for (int stop; (at = Tokens.next(bytes, at, end)) < end; at = stop) {
        stop = Tokens.stop(bytes, at, end);
        trailers |= Tokens.equalsIgnoreCase(bytes, at, Tokens.length(bytes, at, stop), TRAILERS);
      }
    }
    if (trailers) {
      head.set(HeaderNames.TE, TRAILERS, 0, TRAILERS.length);
    } else {
      head.remove(HeaderNames.TE);
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
