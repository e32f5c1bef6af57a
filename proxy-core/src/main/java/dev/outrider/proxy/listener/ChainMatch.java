package dev.outrider.proxy.listener;

import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.stream.ConnectionInfo;
import java.util.List;

/// Which connections a filter chain is for (Envoy `config.listener.v3.FilterChainMatch`). An empty
/// list, and 0 for the port, ask for nothing.
///
/// @param destinationPort where the client connected to
/// @param destinations of the address where the client connected to
/// @param serverNames of SNI: exact, or `*.` and what is common to all that end with it
/// @param transportProtocol `tls`, `raw_buffer`, or empty
/// @param applicationProtocols of which the client must offer one
/// @param directSources of the socket's peer
/// @param sourceType whether the client is on this machine
/// @param sources of the client
/// @param sourcePorts of the client
public record ChainMatch(
    int destinationPort,
    List<IpRange> destinations,
    List<String> serverNames,
    String transportProtocol,
    List<String> applicationProtocols,
    List<IpRange> directSources,
    SourceType sourceType,
    List<IpRange> sources,
    List<Integer> sourcePorts) {

  /// Takes every connection.
  public static final ChainMatch ANY =
      new ChainMatch(
          0, List.of(), List.of(), "", List.of(), List.of(), SourceType.ANY, List.of(), List.of());

  public ChainMatch {
    destinations = List.copyOf(destinations);
    serverNames = List.copyOf(serverNames);
    applicationProtocols = List.copyOf(applicationProtocols);
    directSources = List.copyOf(directSources);
    sources = List.copyOf(sources);
    sourcePorts = List.copyOf(sourcePorts);
  }

  /// Where clients are (Envoy `ConnectionSourceType`).
  public enum SourceType {
    ANY,
    SAME_IP_OR_LOOPBACK,
    EXTERNAL;

    /// Never [#ANY].
    static SourceType of(ConnectionInfo connection) {
      var remote = connection.remote();
      return remote.isPipe() || isLocal(connection) ? SAME_IP_OR_LOOPBACK : EXTERNAL;
    }

    private static boolean isLocal(ConnectionInfo connection) {
      var remote = connection.remote().ip();
      return remote.isLoopback()
          || (!connection.local().isPipe() && remote.equals(connection.local().ip()));
    }
  }
}
