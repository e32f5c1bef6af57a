package dev.outrider.proxy.xds;

import dev.outrider.proxy.http.Http1Options;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;

/// Reads `core.v3.Http1ProtocolOptions`, of a connection manager and of a cluster alike.
final class Http1OptionsParser {
  private Http1OptionsParser() {}

  static Http1Options parse(Http1ProtocolOptions message) {
    return new Http1Options(message.getEnableTrailers());
  }
}
