package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.SocketMatch;
import java.util.List;
import org.junit.jupiter.api.Test;

class SocketMatchingTest {
  private static final String KEY = "envoy.transport_socket_match";

  private static Struct labels(String... pairs) {
    var struct = Struct.newBuilder();
    for (var i = 0; i < pairs.length; i += 2) {
      struct.putFields(pairs[i], Value.newBuilder().setStringValue(pairs[i + 1]).build());
    }
    return struct.build();
  }

  private static Metadata says(String key, String... pairs) {
    return Metadata.of(
        io.envoyproxy.envoy.config.core.v3.Metadata.newBuilder()
            .putFilterMetadata(key, labels(pairs))
            .build()
            .toByteArray());
  }

  private static int decide(Metadata own, Metadata locality, SocketMatch... matches) {
    var endpoint =
        new EndpointSpec(
            new HostPort("10.0.0.1", 80),
            "",
            1,
            0,
            Locality.NONE,
            HealthStatus.UNKNOWN,
            EndpointMetadata.of(own, locality, LbMetadata.NONE));
    var assignment = new Assignment("c", List.of(endpoint));
    var cluster =
        Cluster.builder("c", new Discovery.Static(assignment))
            .socketMatches(List.of(matches))
            .build();
    return SocketMatching.decide(cluster, assignment).endpoints().getFirst().access().socketMatch();
  }

  private static SocketMatch match(String name, String... pairs) {
    return new SocketMatch(name, Metadata.of(labels(pairs).toByteArray()), null);
  }

  @Test
  void takesTheFirstWhoseLabelsTheEndpointHas() {
    var tls = match("tls", "mode", "tls");
    var both = match("both", "mode", "tls", "zone", "a");

    assertThat(decide(says(KEY, "mode", "tls", "zone", "a"), Metadata.NONE, both, tls)).isZero();
    assertThat(decide(says(KEY, "mode", "tls"), Metadata.NONE, both, tls)).isEqualTo(1);
  }

  @Test
  void takesTheClustersOwnIfNoneFits() {
    var tls = match("tls", "mode", "tls");

    for (var said : List.of(Metadata.NONE, says(KEY, "mode", "x"), says("other", "mode", "tls"))) {
      assertThat(decide(said, Metadata.NONE, tls)).isEqualTo(EndpointAccess.DEFAULT_SOCKET);
    }
  }

  @Test
  void listensToTheLocalityBehindTheEndpoint() {
    var first = match("first", "mode", "a");
    var second = match("second", "mode", "b");

    assertThat(decide(says(KEY, "mode", "b"), says(KEY, "mode", "a"), first, second)).isEqualTo(1);
    assertThat(decide(Metadata.NONE, says(KEY, "mode", "a"), first, second)).isZero();
  }

  @Test
  void fitsEverybodyWithoutLabels() {
    assertThat(decide(Metadata.NONE, Metadata.NONE, match("any"))).isZero();
  }

  @Test
  void leavesEndpointsAloneWhereThereIsNothingToDecide() {
    var assignment = new Assignment("c", List.of(new EndpointSpec(new HostPort("10.0.0.1", 80))));
    var cluster = Cluster.withDefaults("c", new Discovery.Static(assignment));

    assertThat(SocketMatching.decide(cluster, assignment)).isSameAs(assignment);
  }
}
