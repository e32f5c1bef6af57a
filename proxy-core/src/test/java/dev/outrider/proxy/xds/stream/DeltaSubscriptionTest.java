package dev.outrider.proxy.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What one request of a delta stream says.
class DeltaSubscriptionTest {
  private static final TypeSubscription.Due NOTHING =
      new TypeSubscription.Due() {
        @Override
        public void nack(String typeUrl) {}

        @Override
        public void expired(String typeUrl, Set<String> names) {}
      };

  @Test
  void asksAnewForWhatWasGivenUpBetweenTwoRequests() { // X21
    var subscription = new DeltaSubscription("t", false, new FakeLoop(1, new FakeClock()), NOTHING);
    subscription.want(Set.of("a", "b"), Set.of());
    subscription.request();
    subscription.accept(
        DeltaDiscoveryResponse.newBuilder()
            .addResources(
                Resource.newBuilder()
                    .setName("a")
                    .setVersion("1")
                    .setResource(Any.getDefaultInstance()))
            .build());

    subscription.want(Set.of(), Set.of("a"));
    subscription.want(Set.of("a", "b"), Set.of());

    var request = subscription.request();
    assertThat(request.getResourceNamesSubscribeList()).containsExactly("a");
    assertThat(request.getResourceNamesUnsubscribeList()).isEmpty();
    subscription.startStream();
    assertThat(subscription.request().getInitialResourceVersionsMap()).isEmpty();
  }
}
