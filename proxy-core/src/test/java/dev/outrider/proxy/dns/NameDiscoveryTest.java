package dev.outrider.proxy.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsOptions;
import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NameDiscoveryTest {
  private static final FailureRefresh FIXED = new FailureRefresh(2_000, 0);

  /// As large as the bound allows.
  private static final RandomGenerator LARGEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  private final FakeLoop loop = new FakeLoop();
  private final FakeNames names = new FakeNames();
  private final StatOwner stats = new MetricRegistry(1).owner(ClusterStats.TEMPLATE, "cluster.c");
  private int changes;
  private int firstAnswers;

  private NameDiscovery start(DnsOptions options, EndpointSpec... endpoints) {
    var discovery =
        new NameDiscovery(
            new Discovery.Dns(new Assignment("c", List.of(endpoints)), options),
            names,
            loop,
            LARGEST,
            stats,
            new NameDiscovery.Listener() {
              @Override
              public void onChange() {
                changes++;
              }

              @Override
              public void onFirstAnswer() {
                firstAnswers++;
              }
            });
    discovery.start();
    loop.runTasks();
    return discovery;
  }

  private static DnsOptions options(boolean ttl, long jitter, FailureRefresh failure, boolean one) {
    return new DnsOptions(
        5_000, failure, ttl, jitter, DnsFamily.AUTO, one, DnsResolverSpec.DEFAULT);
  }

  private static DnsOptions strict() {
    return options(false, 0, FIXED, false);
  }

  private static DnsOptions logical() {
    return options(false, 0, FIXED, true);
  }

  private static EndpointSpec name(String name) {
    return new EndpointSpec(new HostPort(name, 80));
  }

  private static List<String> addresses(NameDiscovery discovery) {
    return discovery.current().endpoints().stream()
        .map(endpoint -> endpoint.address().text())
        .toList();
  }

  private long stat(int which) {
    return stats.value(which);
  }

  private void after(long millis) {
    loop.advance(Duration.ofMillis(millis));
  }

  @Test
  void makesAnEndpointOfEachAddress() {
    var discovery = start(strict(), name("a.test"));

    names.answer("a.test", "10.0.0.1", "10.0.0.2", "10.0.0.1");

    assertThat(addresses(discovery)).containsExactly("10.0.0.1:80", "10.0.0.2:80");
    assertThat(changes).isEqualTo(1);
    assertThat(firstAnswers).isEqualTo(1);
    assertThat(stat(ClusterStats.UPDATE_ATTEMPT)).isEqualTo(1);
    assertThat(stat(ClusterStats.UPDATE_SUCCESS)).isEqualTo(1);
  }

  @Test
  void keepsWhatIsSaidOfTheNameAndItsPlace() {
    var metadata = EndpointMetadata.NONE;
    var zone = new Locality("r", "z", "");
    var discovery =
        start(
            strict(),
            new EndpointSpec(
                new HostPort("a.test", 80), "", 3, 1, zone, HealthStatus.DEGRADED, metadata),
            new EndpointSpec(
                new HostPort("b.test", 81), "other", 4, 0, zone, HealthStatus.UNKNOWN, metadata));

    names.answer("a.test", "::1");
    names.answer("b.test", "10.0.0.1");

    assertThat(discovery.current().endpoints())
        .containsExactly(
            new EndpointSpec(
                new HostPort("::1", 80), "a.test", 3, 1, zone, HealthStatus.DEGRADED, metadata),
            new EndpointSpec(
                new HostPort("10.0.0.1", 81), "other", 4, 0, zone, HealthStatus.UNKNOWN, metadata));
  }

  @Test
  void asksAgainAfterTheRefreshRate() {
    var discovery = start(strict(), name("a.test"));
    names.answer("a.test", "10.0.0.1");

    after(4_900);
    assertThat(names.open()).isEmpty();
    after(200);
    names.answer("a.test", "10.0.0.2", "10.0.0.1");

    assertThat(addresses(discovery)).containsExactly("10.0.0.1:80", "10.0.0.2:80");
    assertThat(changes).isEqualTo(2);
    assertThat(firstAnswers).isEqualTo(1);
  }

  @Test
  void takesAnotherOrderForNoChange() {
    start(strict(), name("a.test"));
    names.answer("a.test", "10.0.0.1", "10.0.0.2");
    after(5_100);

    names.answer("a.test", "10.0.0.2", "10.0.0.1");

    assertThat(changes).isEqualTo(1);
    assertThat(stat(ClusterStats.UPDATE_NO_REBUILD)).isEqualTo(1);
  }

  @Test
  void keepsWhatItKnowsWhenNobodyAnswers() {
    var discovery = start(strict(), name("a.test"));
    names.answer("a.test", "10.0.0.1");
    after(5_100);

    names.fail("a.test");

    assertThat(addresses(discovery)).containsExactly("10.0.0.1:80");
    assertThat(stat(ClusterStats.UPDATE_FAILURE)).isEqualTo(1);
    after(2_100);
    assertThat(names.open()).containsExactly("a.test");
  }

  @Test
  void losesItsEndpointsWhenTheNameHasNoAddressAnyMore() {
    var discovery = start(strict(), name("a.test"));
    names.answer("a.test", "10.0.0.1");
    after(5_100);

    names.answer("a.test");

    assertThat(addresses(discovery)).isEmpty();
    assertThat(stat(ClusterStats.UPDATE_SUCCESS)).isEqualTo(2);
    assertThat(stat(ClusterStats.UPDATE_FAILURE)).isZero();
  }

  @Test
  void waitsForAnyAnswerOnly() {
    start(strict(), name("a.test"), name("b.test"));
    assertThat(firstAnswers).isZero();

    names.fail("b.test");

    assertThat(firstAnswers).isEqualTo(1);
    names.answer("a.test", "10.0.0.1");
    assertThat(firstAnswers).isEqualTo(1);
  }

  @Test
  void waitsForNothingWhereThereIsNoName() {
    start(strict());

    assertThat(firstAnswers).isEqualTo(1);
  }

  @Test
  void asksWhenTheAnswerExpires() {
    start(options(true, 0, FIXED, false), name("a.test"));
    names.answer("a.test", 30, "10.0.0.1");

    after(29_900);
    assertThat(names.open()).isEmpty();
    after(200);
    assertThat(names.open()).containsExactly("a.test");
  }

  @Test
  void asksAfterTheRefreshRateWhereTheAnswerNeverHolds() {
    start(options(true, 0, FIXED, false), name("a.test"));
    names.answer("a.test", 0, "10.0.0.1");

    after(5_100);

    assertThat(names.open()).containsExactly("a.test");
  }

  @Test
  void addsARandomTimeToAGoodAnswer() {
    start(options(false, 1_000, FIXED, false), name("a.test"));
    names.answer("a.test", "10.0.0.1");

    after(5_900);
    assertThat(names.open()).isEmpty();
    after(200);
    assertThat(names.open()).containsExactly("a.test");
  }

  @Test
  void asksLessAndLessOftenWhileItFails() {
    start(options(false, 0, new FailureRefresh(1_000, 3_000), false), name("a.test"));

    for (var wait : new long[] {1_000, 2_000, 3_000, 3_000}) {
      names.fail("a.test");
      after(wait - 100);
      assertThat(names.open()).isEmpty();
      after(200);
      assertThat(names.open()).containsExactly("a.test");
    }
    names.answer("a.test", "10.0.0.1");
    after(5_100);
    names.fail("a.test");
    after(1_100);
    assertThat(names.open()).containsExactly("a.test");
  }

  @Test
  void makesOneEndpointOfAllAddressesOfALogicalName() {
    var discovery = start(logical(), name("a.test"));

    names.answer("a.test", "10.0.0.2", "10.0.0.1");

    assertThat(addresses(discovery)).containsExactly("10.0.0.2:80");
    var only = discovery.current().endpoints().getFirst();
    assertThat(only.hostname()).isEqualTo("a.test");
    assertThat(only.access().furtherAddresses()).containsExactly(new HostPort("10.0.0.1", 80));
  }

  @Test
  void staysWithTheAddressOfALogicalNameAsLongAsItIsOne() {
    var discovery = start(logical(), name("a.test"));
    names.answer("a.test", "10.0.0.2", "10.0.0.1");
    after(5_100);

    names.answer("a.test", "10.0.0.1", "10.0.0.2");

    assertThat(addresses(discovery)).containsExactly("10.0.0.2:80");
    assertThat(changes).isEqualTo(1);
    after(5_100);
    names.answer("a.test", "10.0.0.1");
    assertThat(addresses(discovery)).containsExactly("10.0.0.1:80");
  }

  @Test
  void keepsALogicalEndpointWhoseNameHasNoAddressAnyMore() {
    var discovery = start(logical(), name("a.test"));
    names.answer("a.test", "10.0.0.1");
    after(5_100);

    names.answer("a.test");

    assertThat(addresses(discovery)).containsExactly("10.0.0.1:80");
    assertThat(stat(ClusterStats.UPDATE_FAILURE)).isEqualTo(1);
  }

  @Test
  void isSilentBehindItsEnd() {
    var discovery = start(strict(), name("a.test"), name("b.test"));
    names.answer("a.test", "10.0.0.1");

    discovery.close();

    assertThat(names.open()).isEmpty();
    after(60_000);
    assertThat(names.asked()).isEqualTo(2);
    assertThat(loop.armedTimers()).isZero();
    assertThat(Stream.of(changes, firstAnswers)).containsExactly(1, 1);
  }
}
