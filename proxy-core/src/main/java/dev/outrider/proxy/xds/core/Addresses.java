package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.cluster.HostPort;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;

/// Reads `core.v3.Address`: an IP address and a TCP port, or a Unix domain socket.
public final class Addresses {
  private static final HostPort NONE = new HostPort("0.0.0.0", 0);

  /// What fits into a `sockaddr_un`, with its end.
  private static final int LONGEST_PATH = 107;

  private Addresses() {}

  /// A placeholder if there were problems.
  public static HostPort parse(Address address, Scope scope) {
    return switch (address.getAddressCase()) {
      case SOCKET_ADDRESS -> socket(address.getSocketAddress(), scope.field("socket_address"));
      case PIPE -> pipe(address.getPipe(), scope.field("pipe"));
      case ENVOY_INTERNAL_ADDRESS -> unsupported(scope, "envoy_internal_address");
      case ADDRESS_NOT_SET -> {
        scope.problem("one of socket_address, pipe is required");
        yield NONE;
      }
    };
  }

  /// An IP address and a port, where nothing else will do.
  public static HostPort ip(Address address, Scope scope) {
    scope.refuse(address.hasPipe(), "pipe");
    return parse(address, scope);
  }

  /// A name, or an IP address, and a port, of a cluster that resolves names.
  public static HostPort name(Address address, Scope scope) {
    if (!address.hasSocketAddress()) {
      scope.problem("socket_address", "is required where endpoints are found by DNS");
      return NONE;
    }
    var socket = address.getSocketAddress();
    if (!socket.getResolverName().isEmpty()) {
      scope.problem(
          "socket_address.resolver_name",
          "clusters that resolve names must NOT have a custom resolver name set");
    }
    return port(socket, scope.field("socket_address"));
  }

  private static HostPort pipe(Pipe pipe, Scope scope) {
    var path = pipe.getPath();
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
      scope.problem(
          "path",
          "Path \"%s\" exceeds maximum UNIX domain socket path size of %d."
              .formatted(path, LONGEST_PATH));
    }
    if (path.startsWith("@") && pipe.getMode() != 0) {
      scope.problem("mode", "Cannot set mode for Abstract AF_UNIX sockets");
    }
    return HostPort.pipe(path);
  }

  private static HostPort unsupported(Scope scope, String field) {
    scope.refuse(true, field);
    return NONE;
  }

  /// An IP address and a port.
  public static HostPort socket(SocketAddress socket, Scope scope) {
    var host = socket.getAddress();
    if (!NetUtil.isValidIpV4Address(host) && !NetUtil.isValidIpV6Address(host)) {
      scope.problem(
          "address",
          "malformed IP address: "
              + host
              + ". Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or"
              + " 'LOGICAL_DNS'");
      return NONE;
    }
    return port(socket, scope);
  }

  private static HostPort port(SocketAddress socket, Scope scope) {
    scope.refuse(socket.getProtocol() != SocketAddress.Protocol.TCP, "protocol");
    scope.refuse(!socket.getNamedPort().isEmpty(), "named_port");
    scope.refuse(!socket.getNetworkNamespaceFilepath().isEmpty(), "network_namespace_filepath");
    var port = socket.getPortValue();
    if (port < 0 || port > 65_535) {
      scope.problem("port_value", "value must be less than or equal to 65535");
      return NONE;
    }
    return new HostPort(socket.getAddress(), port);
  }
}
