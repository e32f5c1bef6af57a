package dev.outrider.proxy.loadbalancing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.OriginalHosts;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginalDstPickerTest {
  private static final HeaderName NAME = HeaderName.of("x-to");

  private final MetricRegistry metrics = new MetricRegistry(1);
  private final SharedClusters clusters = new SharedClusters(metrics);

  private record Request(@Nullable HostPort meant, @Nullable String header) implements PickContext {
    @Override
    public @Nullable HostPort originalDestination() {
      return meant;
    }

    @Override
    public @Nullable String requestHeader(HeaderName name) {
      return name.equals(NAME) ? header : null;
    }
  }

  private HostPicker picker(@Nullable HeaderName header, int port) {
    var discovery = new Discovery.OriginalDst(header, port, 5_000);
    var shared = clusters.added(Cluster.withDefaults("c", discovery));
    return new OriginalDstPicker(
        discovery, Objects.requireNonNull(shared.originalHosts()), shared.cells(0));
  }

  private OriginalHosts hosts() {
    return Objects.requireNonNull(Objects.requireNonNull(clusters.get("c")).originalHosts());
  }

  private long stat(int which) {
    return Objects.requireNonNull(clusters.get("c")).stats().value(which);
  }

  private static String address(@Nullable Endpoint endpoint) {
    return Objects.requireNonNull(endpoint).address().text();
  }

  @Test
  void goesWhereTheClientWanted() {
    var picker = picker(null, 0);

    var chosen = picker.pick(new Request(new HostPort("10.0.0.1", 80), "10.0.0.2:80"));

    assertThat(address(chosen)).isEqualTo("10.0.0.1:80");
    assertThat(Objects.requireNonNull(chosen).hostname()).isEqualTo("c10.0.0.1:80");
    assertThat(picker.pick(new Request(new HostPort("10.0.0.1", 80), null))).isSameAs(chosen);
    assertThat(stat(ClusterStats.MEMBERSHIP_TOTAL)).isEqualTo(1);
    assertThat(stat(ClusterStats.MEMBERSHIP_CHANGE)).isEqualTo(1);
  }

  @Test
  void goesNowhereIfNobodyWasRedirected() {
    assertThat(picker(NAME, 0).pick(new Request(null, null))).isNull();
    assertThat(picker(null, 0).pick(PickContext.NONE)).isNull();
  }

  @Test
  void listensToAHeaderFirst() {
    var picker = picker(NAME, 0);

    assertThat(address(picker.pick(new Request(new HostPort("10.0.0.1", 80), "10.0.0.2:81"))))
        .isEqualTo("10.0.0.2:81");
    assertThat(address(picker.pick(new Request(null, "[fd00::1]:81")))).isEqualTo("[fd00::1]:81");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "a.test:80",
        "10.0.0.1",
        "10.0.0.1:",
        ":80",
        "10.0.0.1:x",
        "10.0.0.1:65536",
        "10.0.0.1:123456",
        "fd00::1",
        "[10.0.0.1]:80",
        "[fd00::1]",
        "10.0.0.1:-1"
      })
  void takesTheOriginalIfTheHeaderIsNoAddress(String value) {
    var picker = picker(NAME, 0);

    assertThat(address(picker.pick(new Request(new HostPort("10.0.0.9", 80), value))))
        .isEqualTo("10.0.0.9:80");
    assertThat(stat(ClusterStats.ORIGINAL_DST_HOST_INVALID)).isEqualTo(1);
  }

  @Test
  void replacesThePort() {
    assertThat(address(picker(NAME, 8080).pick(new Request(null, "10.0.0.2:81"))))
        .isEqualTo("10.0.0.2:8080");
  }

  @Test
  void forgetsWhomNobodyWantsAnyMore() {
    var picker = picker(null, 0);
    var request = new Request(new HostPort("10.0.0.1", 80), null);
    var first = picker.pick(request);

    assertThat(hosts().sweep()).isFalse();
    assertThat(picker.pick(request)).isSameAs(first);
    assertThat(hosts().sweep()).isFalse();
    assertThat(hosts().sweep()).isTrue();

    assertThat(hosts().size()).isZero();
    assertThat(picker.pick(request)).isNotSameAs(first);
  }

  @Test
  void keepsThoseToWhomThereIsAConnection() {
    var chosen =
        Objects.requireNonNull(
            picker(null, 0).pick(new Request(new HostPort("10.0.0.1", 80), null)));
    chosen.shared().cells(0).inc(EndpointStats.CX_ACTIVE);

    hosts().sweep();
    assertThat(hosts().sweep()).isFalse();
    chosen.shared().cells(0).dec(EndpointStats.CX_ACTIVE);

    assertThat(hosts().sweep()).isTrue();
  }
}
