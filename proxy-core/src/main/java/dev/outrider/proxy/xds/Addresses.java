package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.HostPort;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.netty.util.NetUtil;

/// Reads `core.v3.Address`: an IP address and a TCP port.
final class Addresses {
  private static final HostPort NONE = new HostPort("0.0.0.0", 0);

  private Addresses() {}

  /// A placeholder if there were problems.
  static HostPort parse(Address address, Scope scope) {
    return switch (address.getAddressCase()) {
      case SOCKET_ADDRESS -> socket(address.getSocketAddress(), scope.field("socket_address"));
      case PIPE -> unsupported(scope, "pipe");
      case ENVOY_INTERNAL_ADDRESS -> unsupported(scope, "envoy_internal_address");
      case ADDRESS_NOT_SET -> {
        scope.problem("a socket_address is required");
        yield NONE;
      }
    };
  }

  private static HostPort unsupported(Scope scope, String field) {
    scope.refuse(true, field);
    return NONE;
  }

  private static HostPort socket(SocketAddress socket, Scope scope) {
    var host = socket.getAddress();
    if (!NetUtil.isValidIpV4Address(host) && !NetUtil.isValidIpV6Address(host)) {
      scope.problem("address", "malformed IP address: " + host);
      return NONE;
    }
    scope.refuse(socket.getProtocol() != SocketAddress.Protocol.TCP, "protocol");
    scope.refuse(!socket.getNamedPort().isEmpty(), "named_port");
    scope.refuse(!socket.getNetworkNamespaceFilepath().isEmpty(), "network_namespace_filepath");
    var port = socket.getPortValue();
    if (port < 0 || port > 65_535) {
      scope.problem("port_value", "value must be less than or equal to 65535");
      return NONE;
    }
    return new HostPort(host, port);
  }
}
