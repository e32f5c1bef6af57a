package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.health.HealthCheckSpec;
import dev.outrider.proxy.health.Probe;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.health.Probes;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.upstream.Upstreams;
import java.time.Duration;
import java.util.Objects;

/// Probes over the main loop's connections.
///
/// @param upstreams of that loop, as are the heads
public record UpstreamProbes(Loop loop, Upstreams upstreams, HeadStores heads) implements Probes {

  @Override
  public Probe of(Cluster cluster, Endpoint endpoint, HealthCheckSpec spec, Runnable onVerified) {
    var address = Objects.requireNonNullElse(endpoint.check().address(), endpoint.address());
    var target =
        new ProbeTarget(
            loop,
            heads,
            upstreams.apart(
                apart(cluster, spec),
                new EndpointSpec(
                        address, endpoint.hostname(), 1, 0, Locality.NONE, HealthStatus.UNKNOWN)
                    .reached(
                        EndpointAccess.DEFAULT
                            .by(endpoint.access().socketMatch())
                            .saying(endpoint.access().tlvs()))),
            address,
            endpoint.check().hostname(),
            spec.reusesConnection());
    return switch (spec.probe()) {
      case ProbeSpec.Http http -> new HttpProbe(target, http, onVerified);
      case ProbeSpec.Tcp tcp -> new TcpProbe(target, tcp);
      case ProbeSpec.Grpc grpc -> new GrpcProbe(target, grpc, spec.timeoutMillis());
    };
  }

  /// Only the check itself runs out of time, and nobody's load stands in its way.
  private static Cluster apart(Cluster cluster, HealthCheckSpec spec) {
    return cluster.toBuilder()
        .connections(cluster.connections().within(Duration.ofMillis(spec.timeoutMillis() * 2)))
        .breakers(CircuitBreakers.DEFAULT)
        .loadBalancing(LoadBalancing.DEFAULT)
        .build();
  }
}
