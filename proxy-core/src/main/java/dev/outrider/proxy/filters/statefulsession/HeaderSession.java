package dev.outrider.proxy.filters.statefulsession;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.loop.Clock;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// A session in a header, which the client has to send back (Envoy
/// `http.stateful_session.header.v3.HeaderBasedSessionState`).
record HeaderSession(HeaderName name) implements SessionPlace {

  @Override
  public boolean covers(HeaderMap request) {
    return true;
  }

  @Override
  public @Nullable String find(HeaderMap request, Clock clock) {
    var value = request.get(name);
    var bytes = value == null ? null : SessionText.decode(value);
    return bytes == null || bytes.length == 0 ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void put(HeaderMap response, String address, Clock clock) {
    response.set(
        name, Base64.getEncoder().encodeToString(address.getBytes(StandardCharsets.UTF_8)));
  }
}
