package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Whether a request asks for its connection to become a pair of byte streams, and which answer
/// opens them. Inside the proxy a tunnel has the form of HTTP/1.1 whatever the versions of its two
/// ends: `connection: upgrade` with an `upgrade` (RFC 9110 7.8), or CONNECT with an authority and
/// no path. Its request has no end at its head, and no framing: what follows are bytes.
public enum Tunnel {
  NONE,
  UPGRADE,
  CONNECT;

  private static final byte[] CONNECT_METHOD = ascii("CONNECT");
  private static final byte[] WEBSOCKET = ascii("websocket");
  private static final byte[] UPGRADE_TOKEN = ascii("upgrade");
  private static final byte[] BYTESTREAM = ascii("bytestream");
  private static final int OK = 200;
  private static final int SWITCHING_PROTOCOLS = 101;

  /// What a request asks for that has been through [HopByHop].
  public static Tunnel asked(HeaderMap request) {
    if (isConnect(request)) {
      return CONNECT;
    }
    return upgrades(request) ? UPGRADE : NONE;
  }

  public static boolean isConnect(HeaderMap request) {
    var method = request.find(HeaderNames.METHOD);
    return method >= 0 && request.valueEquals(method, CONNECT_METHOD);
  }

  public static boolean isWebSocket(HeaderMap request) {
    var line = request.find(HeaderNames.UPGRADE);
    return line >= 0 && request.valueEqualsIgnoreCase(line, WEBSOCKET);
  }

  /// Whether this response to such a request opens the tunnel. Any other is an ordinary response.
  public boolean opens(HeaderMap response) {
    var status = response.status();
    return switch (this) {
      case NONE -> false;
      case UPGRADE -> status == SWITCHING_PROTOCOLS && upgrades(response);
      case CONNECT -> status >= 200 && status < 300;
    };
  }

  // ---- HTTP/2 (RFC 8441, RFC 9113 8.5)

  /// Gives a request that asks for a tunnel the form of HTTP/2: an upgrade becomes an extended
  /// CONNECT, whose protocol is returned; of a CONNECT only method and authority stay.
  public static @Nullable String upgradeToConnect(HeaderMap request) {
    request.remove(HeaderNames.CONTENT_LENGTH); // neither has a body
    if (isConnect(request)) {
      request.remove(HeaderNames.PATH);
      request.remove(HeaderNames.SCHEME);
      return null;
    }
    var protocol = request.get(HeaderNames.UPGRADE);
    request.remove(HeaderNames.UPGRADE);
    request.remove(HeaderNames.CONNECTION);
    request.set(HeaderNames.METHOD, "CONNECT");
    request.set(HeaderNames.PROTOCOL, protocol == null ? "" : protocol);
    return protocol;
  }

  /// The other way round, for a request with `:protocol`. As in Envoy, a tunnel of bytes is a plain
  /// CONNECT.
  public static void connectToUpgrade(HeaderMap request) {
    var line = request.find(HeaderNames.PROTOCOL);
    if (line < 0) {
      return;
    }
    if (request.valueEquals(line, BYTESTREAM)) {
      request.remove(HeaderNames.PROTOCOL);
      request.remove(HeaderNames.PATH);
      request.remove(HeaderNames.SCHEME);
      return;
    }
    var protocol = request.value(line);
    request.remove(HeaderNames.PROTOCOL);
    request.set(HeaderNames.METHOD, "GET");
    request.set(HeaderNames.UPGRADE, protocol);
    request.set(HeaderNames.CONNECTION, "upgrade");
  }

  /// What opens an extended CONNECT opens an upgrade; any other response is left as it is.
  public static void connectedToUpgraded(HeaderMap response, String protocol) {
    if (response.status() == OK) {
      response.setStatus(SWITCHING_PROTOCOLS);
      response.set(HeaderNames.UPGRADE, protocol);
      response.set(HeaderNames.CONNECTION, "upgrade");
    }
  }

  private static boolean upgrades(HeaderMap head) {
    if (!head.contains(HeaderNames.UPGRADE)) {
      return false;
    }
    for (var line = head.find(HeaderNames.CONNECTION);
        line >= 0;
        line = head.find(HeaderNames.CONNECTION, line + 1)) {
      var bytes = head.array();
      var at = head.valueOffset(line);
      var end = at + head.valueLength(line);
      for (int stop; (at = Tokens.next(bytes, at, end)) < end; at = stop) {
        stop = Tokens.stop(bytes, at, end);
        if (Tokens.equalsIgnoreCase(bytes, at, Tokens.length(bytes, at, stop), UPGRADE_TOKEN)) {
          return true;
        }
      }
    }
    return false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
