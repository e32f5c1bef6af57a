package dev.outrider.proxy.filters.forwardproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.DnsCacheSpec;
import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.dns.DnsCache;
import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.dns.FakeNames;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.upstream.Upstreams;
import io.envoyproxy.envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig;
import io.envoyproxy.envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig;
import io.envoyproxy.envoy.extensions.filters.http.dynamic_forward_proxy.v3.SubClusterConfig;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Field of the message: `dns_cache_config`.
class ForwardProxyFilterTest {
  private static final DnsCacheSpec SPEC =
      new DnsCacheSpec(
          "d",
          DnsFamily.AUTO,
          DnsResolverSpec.DEFAULT,
          60_000,
          5_000,
          new FailureRefresh(60_000, 0),
          true,
          300_000,
          5_000,
          2,
          3,
          List.of());

  private final FakeLoop loop = new FakeLoop();
  private final FakeNames names = new FakeNames();
  private final MetricRegistry metrics = new MetricRegistry(1);
  private final HeadStores heads = new HeadStores();
  private final SharedClusters shared = new SharedClusters(metrics);
  private final Upstreams upstreams =
      new Upstreams(
          loop,
          (address, handler, limit) -> {
            throw new AssertionError("nobody is connected to");
          },
          heads,
          shared,
          new SplittableRandom(1));
  private final DnsCache cache =
      Objects.requireNonNull(
          new DnsCaches(
                  loop,
                  metrics,
                  new SplittableRandom(1),
                  _ -> names,
                  () -> CompletableFuture.completedFuture(null))
              .of(SPEC));
  private final KnownNames known = new KnownNames(cache, loop);

  ForwardProxyFilterTest() {
    cluster("forward", new Discovery.DynamicForward(SPEC));
    cluster("other", new Discovery.Eds("other"));
  }

  private void cluster(String name, Discovery discovery) {
    var cluster = Cluster.withDefaults(name, discovery);
    shared.added(cluster);
    upstreams.put(cluster);
  }

  private final class Exchange {
    final RoutedStream stream;
    final ForwardProxyFilter filter;
    final HeadStatus status;

    Exchange(String cluster, String authority) {
      stream = new RoutedStream(loop, cluster);
      filter = new ForwardProxyFilter(known, upstreams, stream);
      var head = heads.take(HeadKind.REQUEST);
      head.set(HeaderNames.AUTHORITY, authority);
      status = filter.onRequestHead(head, true);
      head.release();
      loop.runTasks();
    }

    String answer() {
      var reply = Objects.requireNonNull(stream.reply(), "no reply");
      return reply.status() + " " + reply.details();
    }
  }

  private Exchange ask(String authority) {
    return new Exchange("forward", authority);
  }

  @Test
  void holdsTheRequestUntilItsHostHasAnAddress() {
    var first = ask("a.test");
    var second = ask("a.test:80");

    assertThat(first.status).isEqualTo(HeadStatus.HOLD_ALL_BACKPRESSURE);
    assertThat(first.stream.resumed).isFalse();
    names.answer("a.test", "10.0.0.1");
    loop.runTasks();

    assertThat(first.stream.resumed).isTrue();
    assertThat(second.stream.resumed).isTrue();
    assertThat(ask("a.test").status).isEqualTo(HeadStatus.CONTINUE);
    assertThat(names.asked()).isEqualTo(1);
  }

  @Test
  void hasNothingToDoForOtherClusters() {
    assertThat(new Exchange("other", "a.test").status).isEqualTo(HeadStatus.CONTINUE);
    assertThat(new Exchange("missing", "a.test").status).isEqualTo(HeadStatus.CONTINUE);
    assertThat(names.asked()).isZero();
  }

  @Test
  void answersWhereThereIsNoAddress() {
    var exchange = ask("a.test");

    names.fail("a.test");
    loop.runTasks();

    assertThat(exchange.answer()).isEqualTo("503 dns_resolution_failure{planted}");
    assertThat(exchange.stream.info().flags().has(ResponseFlag.DNS_RESOLUTION_FAILED)).isTrue();
    assertThat(exchange.stream.resumed).isFalse();
  }

  @Test
  void answersWhereTheCacheIsFull() {
    ask("a.test");
    ask("b.test");

    assertThat(ask("c.test").answer()).isEqualTo("503 dns_cache_overflow");
  }

  @Test
  void answersWhereTooManyWaitAndMakesRoomWhenTheyDoNotAnyMore() {
    var gone = ask("a.test");
    ask("a.test");
    ask("a.test");

    var refused = ask("a.test");
    assertThat(refused.answer()).isEqualTo("503 dynamic_forward_proxy_pending_request_overflow");
    gone.filter.onStreamEnd();
    var late = ask("a.test");
    assertThat(late.stream.reply()).isNull();
    names.answer("a.test", "10.0.0.1");
    loop.runTasks();

    assertThat(gone.stream.resumed).isFalse();
    assertThat(late.stream.resumed).isTrue();
    assertThat(ask("a.test").status).isEqualTo(HeadStatus.CONTINUE);
    assertThat(ask("a.test").status).isEqualTo(HeadStatus.CONTINUE);
  }

  @Test
  void answersWhereThereIsNoHost() {
    assertThat(ask("").answer()).isEqualTo("400 empty_host_header");
  }

  private static Parsed<HttpFilterFactory> parse(
      ForwardProxyProvider provider, FilterConfig.Builder config) {
    return provider
        .parse(Any.pack(config.build()), new ParseContext("listener 'l'", "f", "n"))
        .toCompletableFuture()
        .join();
  }

  @Test
  void takesTheCacheThatItsConfigurationNames() {
    var provider =
        new ForwardProxyProvider(
            (message, context) -> {
              assertThat(message.getName()).isEqualTo("d");
              assertThat(context.field()).isEqualTo("f.dns_cache_config");
              return Parsed.valid(cache);
            });

    var config =
        FilterConfig.newBuilder().setDnsCacheConfig(DnsCacheConfig.newBuilder().setName("d"));

    assertThat(parse(provider, config)).isInstanceOf(Parsed.Valid.class);
  }

  @Test
  void refusesByNameWhatItDoesNotDo() {
    var provider = new ForwardProxyProvider((_, _) -> Parsed.valid(cache));
    var where = new ParseContext("listener 'l'", "f", "n");

    assertThat(parse(provider, FilterConfig.newBuilder()).problems())
        .containsExactly(where.problem("dns_cache_config", "is required"));
    assertThat(
            parse(
                    provider,
                    FilterConfig.newBuilder()
                        .setSubClusterConfig(SubClusterConfig.getDefaultInstance())
                        .setSaveUpstreamAddress(true)
                        .setAllowDynamicHostFromFilterState(true))
                .problems())
        .containsExactly(
            where.problem("sub_cluster_config", "is not supported"),
            where.problem("save_upstream_address", "is not supported"),
            where.problem("allow_dynamic_host_from_filter_state", "is not supported"));
  }
}
