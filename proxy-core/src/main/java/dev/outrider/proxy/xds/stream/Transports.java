package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.config.GrpcServer;
import org.jspecify.annotations.Nullable;

/// Reaches those who bring resources. Main loop.
@FunctionalInterface
public interface Transports {
  /// Reach nobody.
  Transports NONE = (_, _, _) -> AdsTransport.NONE;

  /// A transport to one server.
  ///
  /// @param cluster that the server is, with at least one static endpoint; null = it needs none
  /// @param service what is called there
  AdsTransport grpc(@Nullable Cluster cluster, GrpcServer server, AdsTransport.Service service);

  /// Plain HTTP.
  default RestCalls rest() {
    return RestCalls.NONE;
  }
}
