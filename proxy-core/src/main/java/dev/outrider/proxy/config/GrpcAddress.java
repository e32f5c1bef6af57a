package dev.outrider.proxy.config;

import dev.outrider.proxy.tls.SecretBytes;
import org.jspecify.annotations.Nullable;

/// Where a service of gRPC is (Envoy core.v3.GrpcService.target_specifier).
public sealed interface GrpcAddress {

  /// How a person calls it.
  String called();

  /// A static cluster leads there (`envoy_grpc`).
  record OfCluster(String name) implements GrpcAddress {

    @Override
    public String called() {
      return "cluster '" + name + "'";
    }
  }

  /// At an address in gRPC's own spelling (`google_grpc`): `host:port`, `dns:///host:port`,
  /// `ipv4:...`, `ipv6:...`, `unix:path`.
  ///
  /// @param statPrefix what its statistics begin with, below `grpc.`
  /// @param security null = none
  /// @param keepalive null = none
  /// @param authority empty = as the address says
  record OfUri(
      String uri,
      String statPrefix,
      @Nullable Security security,
      @Nullable Keepalive keepalive,
      String authority)
      implements GrpcAddress {

    @Override
    public String called() {
      return "'" + uri + "'";
    }
  }

  /// Files in PEM.
  ///
  /// @param roots who is trusted; null = whom the system trusts
  /// @param key ours, with its certificates; both or neither
  record Security(
      @Nullable SecretBytes roots, @Nullable SecretBytes key, @Nullable SecretBytes chain) {}

  /// When a ping is sent.
  ///
  /// @param timeMillis after which silence; gRPC makes less than 10 s of it 10 s
  /// @param timeoutMillis for its answer
  /// @param idle also while there is no stream
  record Keepalive(long timeMillis, long timeoutMillis, boolean idle) {}
}
