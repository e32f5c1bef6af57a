package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.BindOptions;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.FilterChains;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.config.ListenerFilters;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.DiscoveredNetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.listener.PortPredicate;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Network filters and listener filters whose configuration comes, changes and goes while
/// connections are served.
class DiscoveredNetworkFilterTest {
  private final MemoryProxy proxy = new MemoryProxy();
  private final List<String> told = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final List<EmbeddedChannel> clients = new ArrayList<>();
  private @Nullable Listener listener;

  /// Answers whatever comes with its name, and tells what becomes of it.
  private final class Named implements NetworkFilterFactory {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public boolean terminal() {
      return true;
    }

    @Override
    public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
      told.add(name + " made");
      return new WorkerNetworkFilterFactory() {
        @Override
        public NetworkFilter create(NetworkHandle connection) {
          return new NetworkFilter() {
            @Override
            public NetworkStatus onData(BodyBuffer data, boolean end) {
              for (var chunk = data.poll(); chunk != null; chunk = data.poll()) {
                chunk.release();
              }
              connection.write(Unpooled.copiedBuffer(name, StandardCharsets.US_ASCII), false);
              return NetworkStatus.STOP;
            }
          };
        }

        @Override
        public void onRetired() {
          told.add(name + " retired");
        }

        @Override
        public void close() {
          told.add(name + " closed");
        }
      };
    }
  }

  private void logged(StreamInfo info) {
    log.add(info.filterChainName() + " " + info.localCloseReason());
  }

  private void listen(@Nullable NetworkFilterFactory fallback, ListenerFilter... filters) {
    var entries = new ArrayList<ListenerFilters.Entry>();
    for (var filter : filters) {
      entries.add(new ListenerFilters.Entry(filter, PortPredicate.NEVER));
    }
    var discovered = new DiscoveredNetworkFilter("f", fallback, true);
    var entry = new NetworkFilterEntry("f", discovered, EncodedMessage.EMPTY);
    proxy.registry.owner(ListenerStats.TEMPLATE, "listener.t"); // outlives it, to be looked at
    AccessLogger logger = this::logged;
    listener =
        proxy.listen(
            new ListenerConfig(
                "t",
                List.of(new ListenerSocket(new HostPort("10.0.0.9", 81))),
                "t",
                FilterChains.of(new FilterChain("only", List.of(entry), null)),
                new ListenerFilters(entries, 0, false, false),
                BindOptions.DEFAULT,
                false,
                1000,
                DrainType.DEFAULT,
                List.of(logger),
                ConfigOrigin.STATIC,
                ListenerInfo.NONE));
  }

  private EmbeddedChannel connect() {
    var client = new EmbeddedChannel();
    clients.add(client);
    if (listener != null) {
      listener.accept(client);
    }
    proxy.loop.runTasks();
    return client;
  }

  private String say(EmbeddedChannel client) {
    client.writeInbound(Unpooled.copiedBuffer("GET /", StandardCharsets.US_ASCII));
    proxy.loop.runTasks();
    client.flush();
    var answer = new StringBuilder();
    for (ByteBuf bytes = client.readOutbound(); bytes != null; bytes = client.readOutbound()) {
      answer.append(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }
    return answer.toString();
  }

  @AfterEach
  void nothingIsLeftOver() {
    clients.forEach(EmbeddedChannel::finishAndReleaseAll);
    if (listener != null) {
      listener.closeAll();
      listener.retire();
    }
    proxy.close();
    assertThat(proxy.networkFilters.size()).isZero();
  }

  @Test
  void closesConnectionsThatComeBeforeTheConfiguration() { // X26
    listen(null);

    assertThat(connect().isOpen()).isFalse();

    assertThat(proxy.stat("listener.t.network_extension_config_missing")).isEqualTo(1);
    assertThat(proxy.stat("listener.t.downstream_cx_total")).isEqualTo(1);
    assertThat(proxy.stat("listener.t.downstream_cx_active")).isZero();
    assertThat(log).containsExactly("only no_filters");
  }

  @Test
  void aConnectionKeepsTheFilterThatItBeganWith() {
    listen(null);
    proxy.networkFilters.discovered().put("f", new Named("one"));
    var first = connect();
    assertThat(say(first)).isEqualTo("one");

    proxy.networkFilters.discovered().put("f", new Named("two"));

    assertThat(say(first)).isEqualTo("one");
    assertThat(say(connect())).isEqualTo("two");
    assertThat(told).containsExactly("one made", "two made", "one retired", "one closed");
  }

  @Test
  void theDefaultCountsUntilOneComesAndAfterItHasGone() { // X26
    listen(new Named("default"));
    assertThat(say(connect())).isEqualTo("default");

    proxy.networkFilters.discovered().put("f", new Named("one"));
    assertThat(say(connect())).isEqualTo("one");

    proxy.networkFilters.discovered().remove("f");
    assertThat(say(connect())).isEqualTo("default");
  }

  @Test
  void closesConnectionsAfterAConfigurationWithoutADefaultHasGone() {
    listen(null);
    proxy.networkFilters.discovered().put("f", new Named("one"));
    var before = connect();
    proxy.networkFilters.discovered().remove("f");

    assertThat(connect().isOpen()).isFalse();

    assertThat(say(before)).isEqualTo("one");
    assertThat(proxy.stat("listener.t.network_extension_config_missing")).isEqualTo(1);
  }

  @Test
  void closesConnectionsThatComeBeforeAListenerFilter() {
    listen(new Named("default"), new ListenerFilter.Discovered("g", null));

    assertThat(connect().isOpen()).isFalse();

    assertThat(proxy.stat("listener.t.extension_config_missing")).isEqualTo(1);
    assertThat(proxy.stat("listener.t.downstream_cx_total")).isZero();
    assertThat(log).hasSize(1);
  }

  @Test
  void looksAtConnectionsWithTheListenerFilterOfTheDay() {
    listen(new Named("served"), new ListenerFilter.Discovered("g", null));
    proxy.listenerFilters.put("g", new ListenerFilter.OriginalDst());
    assertThat(say(connect())).isEqualTo("served");

    proxy.listenerFilters.put("g", new ListenerFilter.TlsInspector(true));
    var client = connect();
    say(client);
    assertThat(client.isOpen()).as("no TLS").isFalse();

    proxy.listenerFilters.put("g", new ListenerFilter.TlsInspector(false));
    assertThat(say(connect())).isEqualTo("served");
  }

  @Test
  void aConnectionThatIsLookedAtGoesOnThoughTheListenerFilterGoes() {
    listen(new Named("served"), new ListenerFilter.Discovered("g", null));
    proxy.listenerFilters.put("g", new ListenerFilter.HttpInspector());
    var client = connect();

    proxy.listenerFilters.remove("g");

    assertThat(say(client)).isEmpty(); // an HTTP inspector waits for a whole line
    client.writeInbound(Unpooled.copiedBuffer(" HTTP/1.1\r\n", StandardCharsets.US_ASCII));
    proxy.loop.runTasks();
    client.flush();
    ByteBuf answer = client.readOutbound();
    assertThat(answer.toString(StandardCharsets.US_ASCII)).isEqualTo("served");
    answer.release();
  }

  @Test
  void aListenerFilterHasItsDefaultUntilOneComes() {
    listen(
        new Named("served"), new ListenerFilter.Discovered("g", new ListenerFilter.OriginalDst()));

    assertThat(say(connect())).isEqualTo("served");
    assertThat(proxy.stat("listener.t.extension_config_missing")).isZero();
  }
}
