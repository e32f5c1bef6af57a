package dev.outrider.proxy.config;

import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DynamicSources.BackOff;

/// One server that brings resources over gRPC (Envoy core.v3.GrpcService).
///
/// @param backOff between streams
/// @param call how a stream begins
public record GrpcServer(GrpcAddress target, BackOff backOff, Call call) {

  /// The cluster that leads there; empty = none is needed.
  public String cluster() {
    return target instanceof GrpcAddress.OfCluster(var name) ? name : "";
  }
}
