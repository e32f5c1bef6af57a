package dev.outrider.proxy.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.DnsCacheSpec;
import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.WantedName;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DnsCacheTest {
  private final FakeLoop loop = new FakeLoop();
  private final FakeNames names = new FakeNames();
  private final MetricRegistry metrics = new MetricRegistry(1);
  private final List<NameAnswer> answers = new ArrayList<>();
  private CompletableFuture<?> taken = CompletableFuture.completedFuture(null);
  private int changes;

  private static DnsCacheSpec spec(int maxHosts, boolean again, String... preresolved) {
    return new DnsCacheSpec(
        "c",
        DnsFamily.V4_ONLY,
        DnsResolverSpec.DEFAULT,
        60_000,
        5_000,
        new FailureRefresh(2_000, 0),
        again,
        300_000,
        4_000,
        maxHosts,
        2,
        List.of(preresolved).stream().map(name -> WantedName.of(name, 80)).toList());
  }

  private DnsCache cache(DnsCacheSpec spec) {
    var caches = new DnsCaches(loop, metrics, new Random(1), _ -> names, () -> taken);
    var cache = Objects.requireNonNull(caches.of(spec));
    assertThat(caches.of(spec)).isSameAs(cache);
    assertThat(caches.of(spec(77, false))).isNull();
    cache.watch(() -> changes++);
    return cache;
  }

  private DnsCache cache() {
    return cache(spec(2, true));
  }

  private void ask(DnsCache cache, String authority) {
    cache.ask(WantedName.of(authority, 80), loop, answers::add);
    loop.runTasks();
  }

  private long stat(int which) {
    return metrics.owner(DnsCacheStats.TEMPLATE, "dns_cache.c").value(which);
  }

  private static List<String> endpoints(DnsCache cache) {
    return cache.endpoints().stream()
        .map(
            endpoint -> endpoint.hostname() + " " + endpoint.access().addresses(endpoint.address()))
        .toList();
  }

  private CachedName found() {
    return ((NameAnswer.Found) answers.getLast()).name();
  }

  private void after(long millis) {
    loop.advance(Duration.ofMillis(millis + 10));
  }

  @Test
  void asksOnceForAllWhoWait() {
    var cache = cache();

    ask(cache, "a.test");
    ask(cache, "a.test:80");

    assertThat(names.open()).containsExactly("a.test");
    assertThat(names.family()).isEqualTo(DnsFamily.V4_ONLY);
    assertThat(answers).isEmpty();

    names.answer("a.test", "10.0.0.1", "10.0.0.2");
    loop.runTasks();

    assertThat(answers).hasSize(2).hasOnlyElementsOfType(NameAnswer.Found.class);
    assertThat(endpoints(cache)).containsExactly("a.test:80 [10.0.0.1:80, 10.0.0.2:80]");
    assertThat(changes).isEqualTo(1);
    assertThat(stat(DnsCacheStats.QUERY_ATTEMPT)).isEqualTo(1);
    assertThat(stat(DnsCacheStats.QUERY_SUCCESS)).isEqualTo(1);
    assertThat(stat(DnsCacheStats.HOST_ADDED)).isEqualTo(1);
    assertThat(stat(DnsCacheStats.HOST_ADDRESS_CHANGED)).isEqualTo(1);
    assertThat(stat(DnsCacheStats.NUM_HOSTS)).isEqualTo(1);

    ask(cache, "a.test");

    assertThat(answers).hasSize(3);
    assertThat(names.asked()).isEqualTo(1);
  }

  @Test
  void answersWhenEveryLoopHasTheEndpoint() {
    taken = new CompletableFuture<>();
    var cache = cache();
    ask(cache, "a.test");
    names.answer("a.test", "10.0.0.1");
    ask(cache, "a.test");

    assertThat(changes).isEqualTo(1);
    assertThat(answers).isEmpty();

    taken.complete(null);
    loop.runTasks();

    assertThat(answers).hasSize(2);
  }

  @Test
  void needsNobodyForAnAddress() {
    var cache = cache();

    ask(cache, "127.0.0.1:81");
    ask(cache, "[::1]");

    assertThat(names.asked()).isZero();
    assertThat(endpoints(cache))
        .containsExactly("127.0.0.1:81 [127.0.0.1:81]", "[::1]:80 [[::1]:80]");
  }

  @Test
  void keepsTheAddressWhileItsLifeLastsButNoLessThanTheLeast() {
    var cache = cache();
    ask(cache, "a.test");
    names.answer("a.test", 9, "10.0.0.1");

    after(8_000);
    assertThat(names.asked()).isEqualTo(1);
    after(1_000);
    assertThat(names.asked()).isEqualTo(2);
    names.answer("a.test", 1, "10.0.0.2");

    assertThat(endpoints(cache)).containsExactly("a.test:80 [10.0.0.2:80]");
    after(4_000);
    assertThat(names.asked()).isEqualTo(2);
    after(1_000);
    assertThat(names.asked()).isEqualTo(3);
    names.answer("a.test");
    assertThat(endpoints(cache)).containsExactly("a.test:80 [10.0.0.2:80]");
    after(59_000);
    assertThat(names.asked()).isEqualTo(3);
    after(1_000);
    assertThat(names.asked()).isEqualTo(4);
  }

  @Test
  void keepsWhatItHasBehindAFailure() {
    var cache = cache();
    ask(cache, "a.test");
    names.answer("a.test", "10.0.0.1");
    after(5_000);
    names.fail("a.test");

    assertThat(endpoints(cache)).hasSize(1);
    after(1_900);
    assertThat(names.asked()).isEqualTo(2);
    after(100);
    assertThat(names.asked()).isEqualTo(3);
    assertThat(stat(DnsCacheStats.QUERY_FAILURE)).isEqualTo(1);
  }

  @Test
  void saysThatANameHasNoAddressAndAsksForTheNextRequestAnew() {
    var cache = cache();
    ask(cache, "a.test");
    names.fail("a.test");
    loop.runTasks();

    assertThat(answers).containsExactly(new NameAnswer.Failed("planted"));
    ask(cache, "a.test");
    assertThat(names.asked()).isEqualTo(2);
    assertThat(stat(DnsCacheStats.HOST_REMOVED)).isEqualTo(1);
    assertThat(stat(DnsCacheStats.NUM_HOSTS)).isEqualTo(1);
    assertThat(changes).isZero();
  }

  @Test
  void leavesAFailureToTheNextRequestIfItIsToldTo() {
    var cache = cache(spec(2, false));
    ask(cache, "a.test");
    names.fail("a.test");

    after(600_000);

    assertThat(names.asked()).isEqualTo(1);
    assertThat(loop.armedTimers()).isZero();
  }

  @Test
  void givesUpAQueryThatTakesTooLong() {
    var cache = cache();
    ask(cache, "a.test");

    after(4_000);

    assertThat(names.open()).isEmpty();
    assertThat(answers).containsExactly(new NameAnswer.Failed("resolve_timeout"));
    assertThat(stat(DnsCacheStats.QUERY_TIMEOUT)).isEqualTo(1);
    assertThat(stat(DnsCacheStats.QUERY_FAILURE)).isEqualTo(1);
  }

  @Test
  void takesNoMoreNamesThanItMay() {
    var cache = cache();
    ask(cache, "a.test");
    ask(cache, "b.test");
    ask(cache, "c.test");

    assertThat(answers).containsExactly(new NameAnswer.Full());
    assertThat(stat(DnsCacheStats.HOST_OVERFLOW)).isEqualTo(1);
  }

  @Test
  void forgetsANameThatNobodyUses() {
    var cache = cache();
    ask(cache, "a.test");
    ask(cache, "b.test");
    names.answer("a.test", 200, "10.0.0.1");
    names.answer("b.test", 200, "10.0.0.2");
    loop.runTasks();
    var used = found();

    after(200_000);
    assertThat(used.use(loop.clock().nanoTime())).isTrue();
    names.answer("a.test", 200, "10.0.0.1");
    names.answer("b.test", 200, "10.0.0.2");
    after(200_000);

    assertThat(endpoints(cache)).containsExactly("b.test:80 [10.0.0.2:80]");
    assertThat(used.use(loop.clock().nanoTime())).isTrue();
    assertThat(stat(DnsCacheStats.HOST_REMOVED)).isEqualTo(1);
    assertThat(((NameAnswer.Found) answers.getFirst()).name().known()).isFalse();
    assertThat(changes).isEqualTo(3);
  }

  @Test
  void asksForSomeNamesBeforeThereIsARequest() {
    var cache = cache(spec(2, true, "a.test"));

    names.answer("a.test", "10.0.0.1");

    assertThat(endpoints(cache)).containsExactly("a.test:80 [10.0.0.1:80]");
  }

  @Test
  void letsAsManyWaitAsItMay() {
    var cache = cache();
    var first = new Permit();

    assertThat(cache.admit(first)).isTrue();
    assertThat(cache.admit(new Permit())).isTrue();
    assertThat(cache.admit(new Permit())).isFalse();
    assertThat(stat(DnsCacheStats.PENDING_OVERFLOW)).isEqualTo(1);
    assertThat(stat(DnsCacheStats.PENDING_OPEN)).isEqualTo(1);
    first.release();
    assertThat(cache.admit(new Permit())).isTrue();
  }
}
