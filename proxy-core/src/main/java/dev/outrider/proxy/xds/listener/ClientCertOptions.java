package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.config.ClientCertForwarding;
import dev.outrider.proxy.config.ClientCertForwarding.Mode;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;

/// Reads what the next hop is told about a client's certificate.
final class ClientCertOptions {
  private ClientCertOptions() {}

  static ClientCertForwarding parse(HttpConnectionManager message) {
    var details = message.getSetCurrentClientCertDetails();
    var mode =
        switch (message.getForwardClientCertDetails()) {
          case SANITIZE, UNRECOGNIZED -> Mode.SANITIZE;
          case FORWARD_ONLY -> Mode.FORWARD_ONLY;
          case APPEND_FORWARD -> Mode.APPEND_FORWARD;
          case SANITIZE_SET -> Mode.SANITIZE_SET;
          case ALWAYS_FORWARD_ONLY -> Mode.ALWAYS_FORWARD_ONLY;
        };
    return new ClientCertForwarding(
        mode,
        details.getCert(),
        details.getChain(),
        details.getSubject().getValue(),
        details.getUri(),
        details.getDns());
  }
}
