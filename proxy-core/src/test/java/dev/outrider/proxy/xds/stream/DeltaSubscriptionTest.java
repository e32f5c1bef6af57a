package dev.outrider.proxy.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
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
    subscription.tellsVersions(true);
    assertThat(subscription.request().getInitialResourceVersionsMap()).isEmpty();
  }

  @Test
  void givesUpManyNamesAtTheCostOfThose() {
    var subscription = new DeltaSubscription("t", false, new FakeLoop(1, new FakeClock()), NOTHING);
    var names = new HashSet<String>();
    var all = DeltaDiscoveryResponse.newBuilder();
    for (var i = 0; i < 20_000; i++) {
      names.add("c" + i);
      all.addResources(Resource.newBuilder().setName("c" + i).setVersion("1"));
    }
    subscription.want(names, Set.of());
    subscription.request();
    subscription.accept(all.build());
    var threads = ManagementFactory.getThreadMXBean();
    var before = threads.getCurrentThreadCpuTime();

    subscription.want(Set.of(), names);

    var spent = threads.getCurrentThreadCpuTime() - before;
    assertThat(spent).as("looking at all for each is seconds").isLessThan(1_000_000_000L);
    assertThat(subscription.request().getResourceNamesUnsubscribeCount()).isEqualTo(20_000);
  }

  @Test
  void forgetsTheMembersOfACollectionThatIsGivenUp() {
    var subscription = new DeltaSubscription("t", false, new FakeLoop(1, new FakeClock()), NOTHING);
    subscription.want(Set.of("xdstp://x/t/a/*", "xdstp://x/t/b/*"), Set.of());
    subscription.request();
    subscription.accept(
        DeltaDiscoveryResponse.newBuilder()
            .addResources(Resource.newBuilder().setName("xdstp://x/t/a/1").setVersion("1"))
            .addResources(Resource.newBuilder().setName("xdstp://x/t/b/1").setVersion("1"))
            .build());

    subscription.want(Set.of(), Set.of("xdstp://x/t/a/*"));

    subscription.startStream();
    subscription.tellsVersions(true);
    assertThat(subscription.request().getInitialResourceVersionsMap())
        .containsOnlyKeys("xdstp://x/t/b/1");
  }
}
