package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What becomes of endpoints that are not said again in time (`endpoint_stale_after`).
class StaleEndpointsTest {
  private final Proxy proxy = Proxy.running();
  private int version = 1;

  private static ClusterLoadAssignment forSeconds(int seconds, int... ports) {
    var message = Resources.endpoints("a", ports).toBuilder();
    message.getPolicyBuilder().setEndpointStaleAfter(Resources.seconds(seconds));
    return message.build();
  }

  private void say(ClusterLoadAssignment a) {
    proxy.controlPlane.respond(
        ResourceKind.ENDPOINTS, "e" + ++version, a, Resources.endpoints("b", 9002));
  }

  private int endpoints(String cluster) {
    return proxy.endpoints(cluster).endpoints().size();
  }

  private void pass(int seconds) {
    proxy.advance(Duration.ofSeconds(seconds).plusMillis(20));
  }

  private long stat(String name) {
    return proxy.stat("cluster.a." + name);
  }

  @Test
  void theyGoWhenTheirTimeIsOver() {
    say(forSeconds(5, 1, 2));
    pass(4);
    assertThat(endpoints("a")).isEqualTo(2);
    proxy.changes.clear();

    pass(1);

    assertThat(endpoints("a")).isZero();
    assertThat(proxy.onlyChange().endpoints().updated()).containsOnlyKeys("a");
    assertThat(endpoints("b")).isOne();
    assertThat(stat("assignment_stale")).isOne();
    assertThat(stat("assignment_timeout_received")).isOne();
  }

  @Test
  void theSameSaidAgainCounts() {
    say(forSeconds(5, 1));
    pass(4);
    say(forSeconds(5, 1));
    pass(4);
    assertThat(endpoints("a")).isOne();

    pass(1);
    assertThat(endpoints("a")).isZero();

    say(forSeconds(5, 1));
    assertThat(endpoints("a")).isOne();
  }

  @Test
  void theyStayForEverWhenThatIsSaid() {
    say(forSeconds(5, 1));
    say(Resources.endpoints("a", 1));

    pass(60);

    assertThat(endpoints("a")).isOne();
  }

  @Test
  void nothingHappensWhenTheClusterIsGone() {
    say(forSeconds(5, 1));
    proxy.controlPlane.respond(
        ResourceKind.CLUSTER, "c" + ++version, Resources.edsCluster("b").build());
    proxy.changes.clear();

    pass(6);

    assertThat(proxy.changes).isEmpty();
  }
}
