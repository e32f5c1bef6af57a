package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;
import java.util.List;

/// One address of a listener.
///
/// @param address where to bind; port 0 = chosen by the system
/// @param mode permissions of the file of a pipe; 0 = what the system gives
/// @param options set on the socket
public record ListenerSocket(HostPort address, int mode, List<SocketOption> options) {
  public ListenerSocket {
    options = List.copyOf(options);
  }

  /// Without anything special.
  public ListenerSocket(HostPort address) {
    this(address, 0, List.of());
  }

  ListenerSocket at(HostPort other) {
    return new ListenerSocket(other, mode, options);
  }
}
