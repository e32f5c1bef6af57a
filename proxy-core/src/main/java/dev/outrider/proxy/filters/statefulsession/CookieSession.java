package dev.outrider.proxy.filters.statefulsession;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.routing.HashSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// A session in a cookie (Envoy `http.stateful_session.cookie.v3.CookieBasedSessionState`). Its
/// value is the Base64 of a message: the address of the host and, if the cookie has a lifetime, the
/// second at which it ends. An address alone, as earlier versions of Envoy wrote it, is read as
/// well.
///
/// @param cookie with a lifetime, zero = none
record CookieSession(HashSource.Cookie cookie) implements SessionPlace {
  private static final int ADDRESS = 1;
  private static final int EXPIRES = 2;
  private static final int ADDRESS_TAG = ADDRESS << 3 | 2;
  private static final int EXPIRES_TAG = EXPIRES << 3;

  /// That of the cookie, or below it.
  @Override
  public boolean covers(HeaderMap request) {
    var path = cookie.path();
    if (path.isEmpty() || path.equals("/")) {
      return true;
    }
    var asked = request.get(HeaderNames.PATH);
    if (asked == null || !asked.startsWith(path)) {
      return false;
    }
    if (path.endsWith("/") || asked.length() == path.length()) {
      return true;
    }
    return switch (asked.charAt(path.length())) {
      case '/', '?', '#' -> true;
      default -> false;
    };
  }

  @Override
  public @Nullable String find(HeaderMap request, Clock clock) {
    var value = value(request);
    var bytes = value == null ? null : SessionText.decode(value);
    return bytes == null ? null : read(bytes, clock);
  }

  /// The first with a value; quotes are not part of it.
  private @Nullable String value(HeaderMap request) {
    for (var line = request.find(HeaderNames.COOKIE);
        line >= 0;
        line = request.find(HeaderNames.COOKIE, line + 1)) {
      for (var pair : request.value(line).split(";", -1)) {
        var equals = pair.indexOf('=');
        if (equals >= 0 && pair.substring(0, equals).stripLeading().equals(cookie.name())) {
          var found = unquoted(pair.substring(equals + 1));
          return found.isEmpty() ? null : found;
        }
      }
    }
    return null;
  }

  private static String unquoted(String value) {
    return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1)
        : value;
  }

  private static @Nullable String read(byte[] bytes, Clock clock) {
    var address = "";
    var expires = 0L;
    try {
      var in = CodedInputStream.newInstance(bytes);
      for (var tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (tag) {
          case ADDRESS_TAG -> address = in.readStringRequireUtf8();
          case EXPIRES_TAG -> expires = in.readUInt64();
          default -> in.skipField(tag);
        }
      }
    } catch (IOException _) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    var over = expires != 0 && Long.compareUnsigned(clock.epochMicros() / 1_000_000, expires) > 0;
    return address.isEmpty() || over ? null : address;
  }

  @Override
  public void put(HeaderMap response, String address, Clock clock) {
    response.add(
        HeaderNames.SET_COOKIE,
        cookie.setting(Base64.getEncoder().encodeToString(written(address, clock))));
  }

  private byte[] written(String address, Clock clock) {
    var bytes = new ByteArrayOutputStream();
    var lifetime = cookie.lifetime();
    try {
      var out = CodedOutputStream.newInstance(bytes);
      out.writeString(ADDRESS, address);
      if (lifetime != null && !lifetime.isZero()) {
        out.writeUInt64(EXPIRES, clock.epochMicros() / 1_000_000 + lifetime.toSeconds());
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // into memory
    }
    return bytes.toByteArray();
  }
}
