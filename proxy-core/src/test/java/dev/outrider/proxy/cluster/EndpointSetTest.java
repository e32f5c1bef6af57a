package dev.outrider.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointSetTest {
  private static final EndpointSpec ONE = new EndpointSpec(new HostPort("10.0.0.1", 80));
  private static final EndpointSpec TWO = new EndpointSpec(new HostPort("10.0.0.2", 80));
  private static final EndpointSpec ONE_SICK =
      new EndpointSpec(ONE.address(), "", 1, 0, Locality.NONE, HealthStatus.UNHEALTHY);

  private static EndpointSet next(EndpointSet previous, EndpointSpec... specs) {
    return EndpointSet.next(previous, "users", new Assignment("eds", List.of(specs)), 2);
  }

  @Test
  void staysTheSameObjectIfNothingChanged() {
    var first = next(EndpointSet.empty("users"), ONE, TWO);

    assertThat(next(first, ONE, TWO)).isSameAs(first);
    assertThat(next(first, TWO, ONE)).isNotSameAs(first);
  }

  @Test
  void keepsTheCountersOfAnAddress() {
    var first = next(EndpointSet.empty("users"), ONE, TWO);
    first.endpoints().getFirst().shared().requestStarted();

    var second = next(first, ONE_SICK);

    assertThat(second.endpoints()).hasSize(1);
    assertThat(second.endpoints().getFirst()).isNotSameAs(first.endpoints().getFirst());
    assertThat(second.endpoints().getFirst().shared().activeRequests()).isOne();
    assertThat(second.endpoints().getFirst().healthy()).isFalse();
  }

  @Test
  void keepsAnUnchangedEndpointBesideAChangedOne() {
    var first = next(EndpointSet.empty("users"), ONE, TWO);

    var second = next(first, ONE_SICK, TWO);

    assertThat(second.endpoints().get(1)).isSameAs(first.endpoints().get(1));
    assertThat(second.healthyCount()).isOne();
  }

  @Test
  void forgetsTheCountersOfAnAddressThatWasAway() {
    var first = next(EndpointSet.empty("users"), ONE, TWO);
    first.endpoints().getFirst().shared().requestStarted();

    var back = next(next(first, TWO), ONE, TWO);

    assertThat(back.endpoints().getFirst().shared().activeRequests()).isZero();
  }

  @Test
  void takesTheFirstOfTwoWithOneAddress() {
    var set = next(EndpointSet.empty("users"), ONE, ONE_SICK);

    assertThat(set.endpoints()).hasSize(1);
    assertThat(set.healthyCount()).isOne();
  }

  @Test
  void isUnhealthyWhileOurOwnChecksSaySo() {
    var endpoint = next(EndpointSet.empty("users"), ONE).endpoints().getFirst();

    endpoint.shared().mark(HealthFlag.FAILED_OUTLIER_CHECK);
    endpoint.shared().mark(HealthFlag.FAILED_ACTIVE_HC);
    endpoint.shared().unmark(HealthFlag.FAILED_OUTLIER_CHECK);
    assertThat(endpoint.healthy()).isFalse();

    endpoint.shared().unmark(HealthFlag.FAILED_ACTIVE_HC);
    assertThat(endpoint.healthy()).isTrue();
  }

  @Test
  void isDegradedOnlyIfNothingWorseIsSaid() {
    var endpoint = next(EndpointSet.empty("users"), ONE).endpoints().getFirst();

    endpoint.shared().mark(HealthFlag.DEGRADED_ACTIVE_HC);
    assertThat(endpoint.healthy()).isFalse();
    assertThat(endpoint.degraded()).isTrue();

    endpoint.shared().mark(HealthFlag.FAILED_OUTLIER_CHECK);
    assertThat(endpoint.degraded()).isFalse();
    assertThat(HealthFlag.text(endpoint.healthFlags()))
        .isEqualTo("/failed_outlier_check/degraded_active_hc");
  }

  @Test
  void isHealthyWhileItWaitsForItsRemoval() {
    var endpoint = next(EndpointSet.empty("users"), ONE).endpoints().getFirst();

    endpoint.shared().mark(HealthFlag.PENDING_DYNAMIC_REMOVAL);

    assertThat(endpoint.healthy()).isTrue();
    assertThat(endpoint.excluded()).isFalse();
  }

  @Test
  void countsWhatIsExcluded() {
    var draining = new EndpointSpec(TWO.address(), "", 1, 0, Locality.NONE, HealthStatus.DRAINING);
    var set = next(EndpointSet.empty("users"), ONE, draining);
    set.endpoints().getFirst().shared().mark(HealthFlag.PENDING_ACTIVE_HC);

    assertThat(set.excludedCount()).isEqualTo(2);
    assertThat(set.healthyCount()).isOne();
  }
}
