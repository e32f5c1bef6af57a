package dev.outrider.proxy.xds;

import dev.outrider.proxy.extension.ProviderRegistry;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;

/// Checks transport sockets: plain text is the only one there is, and to ignore another would send
/// secrets in the clear.
final class TransportSockets {
  private static final String RAW_BUFFER =
      "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

  private TransportSockets() {}

  static void check(TransportSocket socket, Scope scope) {
    var type = ProviderRegistry.typeName(socket.getTypedConfig().getTypeUrl());
    if (!type.equals(RAW_BUFFER)) {
      scope.problem(
          "Didn't find a registered implementation for '%s' with type URL: '%s'"
              .formatted(socket.getName(), type));
    }
  }
}
