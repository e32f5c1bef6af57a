package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// When a cluster whose endpoints have names starts to serve, and with what.
class NamedClusterTest {
  private final Proxy proxy = Proxy.running();

  private static Cluster.Builder named(String name) {
    var cluster = Resources.staticCluster(name, 80).setType(DiscoveryType.STRICT_DNS);
    cluster
        .getLoadAssignmentBuilder()
        .getEndpointsBuilder(0)
        .getLbEndpointsBuilder(0)
        .getEndpointBuilder()
        .getAddressBuilder()
        .getSocketAddressBuilder()
        .setAddress(name + ".test");
    return cluster;
  }

  private void clusters(String version, Message... more) {
    var all = new java.util.ArrayList<Message>();
    all.add(Resources.edsCluster("a").build());
    all.add(Resources.edsCluster("b").build());
    all.addAll(List.of(more));
    proxy.controlPlane.respond(ResourceKind.CLUSTER, version, all.toArray(Message[]::new));
  }

  private List<String> addresses(String cluster) {
    return proxy.endpoints(cluster).endpoints().stream()
        .map(endpoint -> endpoint.address().text())
        .toList();
  }

  @Test
  void waitsForTheFirstAnswer() {
    clusters("2", named("d").build());
    assertThat(proxy.changes).isEmpty();
    assertThat(proxy.stat("cluster_manager.warming_clusters")).isEqualTo(1);

    proxy.names.answer("d.test", "10.0.0.1");

    var change = proxy.onlyChange();
    assertThat(change.clusters().updated()).containsOnlyKeys("d");
    assertThat(change.endpoints().updated()).containsOnlyKeys("d");
    assertThat(addresses("d")).containsExactly("10.0.0.1:80");
  }

  @Test
  void startsWithoutEndpointsIfTheFirstQuestionFails() {
    clusters("2", named("d").build());

    proxy.names.fail("d.test");

    assertThat(addresses("d")).isEmpty();
    assertThat(proxy.stat("cluster.d.update_failure")).isEqualTo(1);
  }

  @Test
  void doesNotWaitIfItIsToldNotTo() {
    clusters("2", named("d").setWaitForWarmOnInit(BoolValue.of(false)).build());

    assertThat(addresses("d")).isEmpty();
    proxy.changes.clear();
    proxy.names.answer("d.test", "10.0.0.1");

    assertThat(proxy.onlyChange().endpoints().updated()).containsOnlyKeys("d");
    assertThat(addresses("d")).containsExactly("10.0.0.1:80");
  }

  @Test
  void publishesWhatChangesLater() {
    clusters("2", named("d").build());
    proxy.names.answer("d.test", "10.0.0.1");
    proxy.changes.clear();

    proxy.advance(Duration.ofMillis(5_100));
    proxy.names.answer("d.test", "10.0.0.2");

    var change = proxy.onlyChange();
    assertThat(change.clusters().isEmpty()).isTrue();
    assertThat(change.endpoints().updated()).containsOnlyKeys("d");
    assertThat(addresses("d")).containsExactly("10.0.0.2:80");
  }

  @Test
  void servesTheOldVersionUntilTheNewOneHasItsAnswer() {
    clusters("2", named("d").build());
    proxy.names.answer("d.test", "10.0.0.1");
    var old = proxy.cluster("d");

    clusters("3", named("d").setConnectTimeout(Resources.seconds(9)).build());
    assertThat(proxy.cluster("d")).isSameAs(old);
    proxy.names.answer("d.test", "10.0.0.3");

    assertThat(proxy.cluster("d").connections().connectTimeout()).isEqualTo(Duration.ofSeconds(9));
    assertThat(addresses("d")).containsExactly("10.0.0.3:80");
    proxy.advance(Duration.ofMillis(5_100));
    assertThat(proxy.names.open()).containsExactly("d.test");
  }

  @Test
  void doesNotWaitAgainWhenOnlyTheChecksChange() {
    clusters("2", named("d").build());
    proxy.names.answer("d.test", "10.0.0.1");

    clusters("3", named("d").setOutlierDetection(OutlierDetection.getDefaultInstance()).build());

    assertThat(proxy.stat("cluster_manager.warming_clusters")).isZero();
  }

  @Test
  void asksNoMoreForAClusterThatIsGone() {
    clusters("2", named("d").build(), named("e").build());
    proxy.names.answer("d.test", "10.0.0.1");

    clusters("3");

    assertThat(proxy.names.open()).isEmpty();
    proxy.advance(Duration.ofMinutes(1));
    assertThat(proxy.names.open()).isEmpty();
  }
}
