package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.BindOptions;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.FilterChains;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerFilters;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.network.tcp_proxy.TcpProxyProvider;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.config.core.v3.BackoffStrategy;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.v3.Percent;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a TCP proxy does as time passes.
class TcpProxyClocksTest {
  /// Of timers, in ms.
  private static final long GRAIN = 20;

  private final MemoryProxy proxy = new MemoryProxy();
  private final List<String> log = new ArrayList<>();
  private final EmbeddedChannel client = new EmbeddedChannel();
  private @Nullable Listener listener;

  @AfterEach
  void nothingIsLeftOver() {
    client.finishAndReleaseAll();
    if (listener != null) {
      listener.closeAll();
      listener.retire();
    }
    proxy.close();
  }

  private static Duration millis(int millis) {
    return Duration.newBuilder().setNanos(millis * 1_000_000).build();
  }

  private static TcpProxy.Builder to(String cluster) {
    return TcpProxy.newBuilder().setStatPrefix("p").setCluster(cluster);
  }

  private void logged(StreamInfo info) {
    log.add(info.upstream().attempts() + " " + info.localCloseReason());
  }

  private void connect(TcpProxy.Builder message) {
    AccessLogger logger = this::logged;
    var provider =
        new TcpProxyProvider(
            proxy.registry,
            (_, _) -> CompletableFuture.completedFuture(Parsed.valid(List.of(logger))));
    var parsed =
        provider
            .parse(Any.pack(message.build()), new ParseContext("l", "filter", "tcp"))
            .toCompletableFuture()
            .join();
    if (!(parsed instanceof Parsed.Valid<NetworkFilterFactory>(var factory))) {
      throw new AssertionError(parsed.problems().toString());
    }
    var entry = new NetworkFilterEntry("tcp", factory, EncodedMessage.EMPTY);
    listener =
        proxy.listen(
            new ListenerConfig(
                "t",
                List.of(new ListenerSocket(new HostPort("10.0.0.9", 81))),
                "t",
                FilterChains.of(new FilterChain("", List.of(entry), null)),
                ListenerFilters.NONE,
                BindOptions.DEFAULT,
                false,
                1000,
                DrainType.DEFAULT,
                List.of(),
                ConfigOrigin.STATIC,
                ListenerInfo.NONE));
    listener.accept(client);
    proxy.loop.runTasks();
  }

  @Test
  void aConnectionOnWhichNothingEverMovesIsIdle() {
    connect(to("svc").setIdleTimeout(millis(500)));

    proxy.advance(499);
    assertThat(client.isOpen()).isTrue();

    proxy.advance(GRAIN);
    assertThat(client.isOpen()).isFalse();
    assertThat(log).containsExactly("1 tcp_session_idle_timeout");
  }

  @Test
  void soIsOneThatWaitsForItsService() {
    proxy.connectsLater = true;
    connect(to("svc").setIdleTimeout(millis(500)));

    proxy.advance(500 + GRAIN);

    assertThat(client.isOpen()).isFalse();
    assertThat(log).containsExactly("1 tcp_session_idle_timeout");
  }

  @Test
  void waitsBetweenAttemptsBelowABoundThatDoubles() {
    proxy.connects = false;
    connect(
        to("svc")
            .setMaxConnectAttempts(UInt32Value.of(4))
            .setBackoffOptions(
                BackoffStrategy.newBuilder()
                    .setBaseInterval(millis(100))
                    .setMaxInterval(millis(200))));
    assertThat(proxy.upstreams).hasSize(1);

    for (var attempts = 2; attempts <= 4; attempts++) {
      proxy.advance(Math.min(100L << (attempts - 2), 200) + GRAIN);
      assertThat(proxy.upstreams).hasSize(attempts);
    }
    assertThat(client.isOpen()).isFalse();
    assertThat(log).containsExactly("4 tcp_initializion_failure:0");
  }

  @Test
  void aClientThatLeavesDuringTheWaitEndsIt() {
    proxy.connects = false;
    connect(
        to("svc")
            .setMaxConnectAttempts(UInt32Value.of(4))
            .setBackoffOptions(BackoffStrategy.newBuilder().setBaseInterval(millis(900))));

    client.close();
    proxy.advance(5_000);

    assertThat(proxy.upstreams).hasSize(1);
    assertThat(log).hasSize(1);
  }

  @Test
  void theLongestDurationHasARandomPart() {
    connect(
        to("svc")
            .setMaxDownstreamConnectionDuration(millis(500))
            .setMaxDownstreamConnectionDurationJitterPercentage(Percent.newBuilder().setValue(50)));

    proxy.advance(499);
    assertThat(client.isOpen()).isTrue();

    proxy.advance(251 + GRAIN);
    assertThat(client.isOpen()).isFalse();
    assertThat(log).containsExactly("1 max_connection_duration_reached");
  }
}
