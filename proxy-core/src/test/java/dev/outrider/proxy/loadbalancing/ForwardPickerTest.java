package dev.outrider.proxy.loadbalancing;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ForwardPickerTest {
  private static final HostPort SHARED = new HostPort("10.0.0.1", 80);

  private static EndpointSpec host(String name, HostPort address) {
    return new EndpointSpec(address, name, 1, 0, Locality.NONE, HealthStatus.UNKNOWN);
  }

  private static EndpointSet set(@Nullable EndpointSet previous, EndpointSpec... hosts) {
    return EndpointSet.byName(previous, "c", new Assignment("c", List.of(hosts)), 1);
  }

  private static @Nullable Endpoint pick(EndpointSet set, String authority) {
    return ForwardPicker.of(set, 80)
        .pick(
            new PickContext() {
              @Override
              public String host() {
                return authority;
              }
            });
  }

  @Test
  void takesTheHostThatTheRequestNames() {
    var set = set(null, host("a:80", SHARED), host("b:80", SHARED), host("a:81", SHARED));

    assertThat(pick(set, "a")).isSameAs(set.endpoints().get(0)).isSameAs(pick(set, "a:80"));
    assertThat(pick(set, "b")).isSameAs(set.endpoints().get(1));
    assertThat(pick(set, "a:81")).isSameAs(set.endpoints().get(2));
    assertThat(pick(set, "c")).isNull();
    assertThat(ForwardPicker.of(set, 80).pick(PickContext.NONE)).isNull();
  }

  @Test
  void takesNobodyElseForOneThatIsUnhealthy() {
    var set = set(null, host("a:80", SHARED));

    set.endpoints().getFirst().shared().mark(HealthFlag.FAILED_ACTIVE_HC);

    assertThat(pick(set, "a")).isNull();
  }

  @Test
  void aHostKeepsItsCountersWhileItKeepsItsAddress() {
    var before = set(null, host("a:80", SHARED), host("b:80", SHARED));

    var after = set(before, host("b:80", SHARED), host("a:80", new HostPort("10.0.0.2", 80)));

    assertThat(set(before, host("a:80", SHARED), host("b:80", SHARED))).isSameAs(before);
    assertThat(pick(after, "b")).isSameAs(pick(before, "b"));
    assertThat(requireNonNull(pick(after, "a")).shared())
        .isNotSameAs(requireNonNull(pick(before, "a")).shared());
  }
}
