package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSpec;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reaches a static cluster, connected, secured and kept alive as the cluster says: its first
/// endpoint, and after each failure the next one.
///
/// @param cluster with at least one static endpoint
/// @param authority empty = the name of the cluster
public record ClusterDial(Cluster cluster, String authority) implements Dial {

  @Override
  public @Nullable Object edition() {
    var tls = cluster.tls();
    return tls == null ? null : tls.spec();
  }

  @Override
  public Dialled open(int failures, ConnectionTap tap) {
    var endpoints = endpoints();
    var endpoint = endpoints.get(Math.floorMod(failures, endpoints.size()));
    var builder = Sockets.builder(endpoint.address(), connectMillis(), tap);
    var tls = cluster.tls();
    if (tls == null) {
      builder.usePlaintext();
    } else {
      var context = ClusterSslContext.of(tls, endpoint);
      if (context == null) {
        return new Dialled.None("TLS error: Secret is not supplied by SDS");
      }
      builder.sslContext(context);
    }
    var keepalive = cluster.http().http2().keepalive();
    if (keepalive.intervalMillis() > 0) { // gRPC makes less than 10 s of it 10 s
      builder
          .keepAliveTime(keepalive.intervalMillis(), TimeUnit.MILLISECONDS)
          .keepAliveTimeout(keepalive.timeoutMillis(), TimeUnit.MILLISECONDS);
    }
    builder.overrideAuthority(authority.isEmpty() ? cluster.name() : authority); // as Envoy
    return new Dialled.Line(builder.build());
  }

  private int connectMillis() {
    return (int) Math.min(Integer.MAX_VALUE, cluster.connections().connectTimeout().toMillis());
  }

  private List<EndpointSpec> endpoints() {
    if (cluster.discovery() instanceof Discovery.Static(var assignment)
        && !assignment.endpoints().isEmpty()) {
      return assignment.endpoints();
    }
    throw new IllegalArgumentException("checked before: " + cluster.name() + " has an endpoint");
  }
}
