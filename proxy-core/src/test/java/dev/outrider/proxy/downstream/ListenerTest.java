package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.TlvChoice;
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
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.listener.ChainMatch;
import dev.outrider.proxy.listener.PortPredicate;
import dev.outrider.proxy.runtime.RuntimeLayer;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListenerTest {
  private final MemoryProxy proxy = new MemoryProxy();
  private final List<String> log = new ArrayList<>();
  private boolean exempt;
  private final AccessLogger logger = this::logged;
  private final List<EmbeddedChannel> clients = new ArrayList<>();

  @AfterEach
  void nothingIsLeftOver() {
    clients.forEach(EmbeddedChannel::finishAndReleaseAll);
    proxy.close();
  }

  /// A chain that answers every byte with its name.
  private static FilterChain chain(String name, ChainMatch match) {
    var entry = new NetworkFilterEntry("n", new NamingFactory(name), EncodedMessage.EMPTY);
    return new FilterChain(name, match, List.of(entry), null);
  }

  private static ChainMatch sourcePort(int port) {
    var any = ChainMatch.ANY;
    return new ChainMatch(
        0,
        any.destinations(),
        any.serverNames(),
        "",
        any.applicationProtocols(),
        any.directSources(),
        any.sourceType(),
        any.sources(),
        List.of(port));
  }

  private record NamingFactory(String name) implements NetworkFilterFactory {
    @Override
    public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
      return handle -> new Naming(name, handle);
    }

    @Override
    public boolean terminal() {
      return true;
    }
  }

  private record Naming(String name, NetworkHandle handle) implements NetworkFilter {
    @Override
    public NetworkStatus onData(BodyBuffer data, boolean end) {
      data.replace(0, data.length(), Unpooled.EMPTY_BUFFER);
      handle.write(Unpooled.copiedBuffer(name, StandardCharsets.US_ASCII), false);
      return NetworkStatus.STOP;
    }
  }

  private ListenerConfig config(int bufferLimit, FilterChain... chains) {
    return config(ListenerFilters.NONE, bufferLimit, chains);
  }

  private ListenerConfig config(ListenerFilters filters, int bufferLimit, FilterChain... chains) {
    return new ListenerConfig(
        "l",
        List.of(new ListenerSocket(new HostPort("10.0.0.9", 80))),
        "l",
        FilterChains.of(List.of(chains), null, (_, _) -> {}),
        filters,
        BindOptions.DEFAULT,
        exempt,
        bufferLimit,
        DrainType.DEFAULT,
        List.of(logger),
        ConfigOrigin.STATIC,
        ListenerInfo.NONE);
  }

  private void logged(StreamInfo info) {
    var flag = info.flags().isEmpty() ? "-" : info.flags().at(0).shortName();
    log.add("%s %s %s".formatted(info.filterChainName(), flag, info.details()));
  }

  private EmbeddedChannel from(int port) {
    var channel =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("10.0.0.1", port);
          }
        };
    clients.add(channel);
    proxy.listener.accept(channel);
    return channel;
  }

  private static String answer(EmbeddedChannel client) {
    client.writeInbound(Unpooled.copiedBuffer("?", StandardCharsets.US_ASCII));
    ByteBuf bytes = client.readOutbound();
    var text = bytes.toString(StandardCharsets.US_ASCII);
    bytes.release();
    return text;
  }

  private void serve(ListenerConfig config) {
    proxy.listener.retire();
    proxy.listener = proxy.listen(config);
  }

  @Test
  void givesConnectionsToTheChainThatIsForThem() {
    serve(config(100, chain("A", sourcePort(1)), chain("B", sourcePort(2))));

    assertThat(answer(from(2))).isEqualTo("B");
    assertThat(answer(from(1))).isEqualTo("A");
  }

  @Test
  void closesConnectionsThatNoChainIsFor() {
    serve(config(100, chain("A", sourcePort(1))));

    var client = from(3);

    assertThat(client.isOpen()).isFalse();
    assertThat(log).containsExactly(" NR filter_chain_not_found");
    assertThat(proxy.stat("listener.l.no_filter_chain_match")).isEqualTo(1);
    assertThat(proxy.stat("listener.l.downstream_cx_total")).isZero();
  }

  @Test
  void logsEveryConnection() {
    serve(config(100, chain("A", sourcePort(1))));

    from(1).close();

    assertThat(log).containsExactly("A - ");
  }

  @Test
  void leavesConnectionsOfUnchangedChainsAlone() {
    var kept = chain("A", sourcePort(1));
    serve(config(100, kept, chain("B", sourcePort(2))));
    var one = from(1);
    var other = from(2);

    proxy.listener.update(config(100, kept, chain("C", sourcePort(2))));

    assertThat(answer(from(2))).isEqualTo("C");
    assertThat(answer(other)).isEqualTo("B");
    proxy.advance(31_000); // the drain time
    assertThat(other.isOpen()).isFalse();
    assertThat(answer(one)).isEqualTo("A");
    assertThat(proxy.listener.connectionCount()).isEqualTo(2);
  }

  @Test
  void replacesAllChainsWhenTheListenerItselfChanges() {
    var chain = chain("A", sourcePort(1));
    serve(config(100, chain));
    var client = from(1);

    proxy.listener.update(config(101, chain));

    proxy.advance(31_000);
    assertThat(client.isOpen()).isFalse();
    assertThat(answer(from(1))).isEqualTo("A");
  }

  @Test
  void givesEverythingBackAtTheEnd() {
    var chain = chain("A", sourcePort(1));
    serve(config(100, chain));
    var client = from(1);
    proxy.listener.update(config(101, chain));

    proxy.listener.retire();
    client.close();

    assertThat(proxy.hasStat("listener.l.downstream_cx_total")).isFalse();
  }

  private static ListenerFilters filters(
      long timeoutMillis, boolean continues, ListenerFilter... filters) {
    return new ListenerFilters(
        List.of(filters).stream()
            .map(filter -> new ListenerFilters.Entry(filter, PortPredicate.NEVER))
            .toList(),
        timeoutMillis,
        continues,
        true);
  }

  private static final ListenerFilter PROXY =
      new ListenerFilter.ProxyProtocol(false, true, true, TlvChoice.NONE, "");

  private static void send(EmbeddedChannel client, String text) {
    client.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private static String received(EmbeddedChannel client) {
    var text = new StringBuilder();
    for (ByteBuf bytes = client.readOutbound(); bytes != null; bytes = client.readOutbound()) {
      text.append(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }
    return text.toString();
  }

  @Test
  void choosesTheChainByWhatListenerFiltersFind() {
    serve(
        config(
            filters(0, false, PROXY), 100, chain("A", sourcePort(7)), chain("B", sourcePort(8))));
    var client = from(1);

    assertThat(proxy.stat("listener.l.downstream_pre_cx_active")).isEqualTo(1);
    for (var c : "PROXY TCP4 1.2.3.4 5.6.7.8 8 80\r\nx".split("", -1)) {
      send(client, c);
    }

    assertThat(received(client)).isEqualTo("B");
    assertThat(proxy.stat("listener.l.downstream_pre_cx_active")).isZero();
    assertThat(proxy.stat("listener.l.downstream_cx_active")).isEqualTo(1);
  }

  @Test
  void handsOnWhatListenerFiltersHaveSeen() {
    serve(
        config(
            filters(0, false, new ListenerFilter.HttpInspector()),
            100,
            chain("A", ChainMatch.ANY)));
    var client = from(1);

    send(client, "GET /");
    assertThat(received(client)).isEmpty();
    send(client, "x\r\n");

    assertThat(received(client)).isEqualTo("A");
  }

  @Test
  void closesWhatListenerFiltersRefuse() {
    serve(config(filters(0, false, PROXY), 100, chain("A", ChainMatch.ANY)));
    var client = from(1);

    send(client, "hello, are you there?");

    assertThat(client.isOpen()).isFalse();
    assertThat(log).containsExactly(" - ");
    assertThat(proxy.stat("listener.l.downstream_cx_total")).isZero();
    assertThat(proxy.stat("downstream_cx_proxy_proto_error")).isEqualTo(1);
  }

  @Test
  void closesConnectionsWhoseFirstBytesDoNotCome() {
    serve(config(filters(500, false, PROXY), 100, chain("A", ChainMatch.ANY)));
    var client = from(1);

    proxy.advance(1_000);

    assertThat(client.isOpen()).isFalse();
    assertThat(proxy.stat("listener.l.downstream_pre_cx_timeout")).isEqualTo(1);
    assertThat(proxy.stat("listener.l.downstream_pre_cx_active")).isZero();
  }

  @Test
  void goesOnWithoutThemIfThatIsAskedFor() {
    serve(
        config(
            filters(500, true, new ListenerFilter.HttpInspector()),
            100,
            chain("A", ChainMatch.ANY)));
    var client = from(1);
    send(client, "GET");

    proxy.advance(1_000);

    assertThat(received(client)).isEqualTo("A");
    assertThat(proxy.stat("listener.l.downstream_pre_cx_timeout")).isEqualTo(1);
  }

  @Test
  void closesConnectionsWhoseListenerGoesBeforeTheyAreThere() {
    serve(config(filters(500, true, PROXY), 100, chain("A", ChainMatch.ANY)));
    var client = from(1);
    var late = from(2);

    proxy.listener.retire();
    send(client, "PROXY TCP4 1.2.3.4 5.6.7.8 8 80\r\nx");
    proxy.advance(1_000);

    assertThat(client.isOpen()).isFalse();
    assertThat(late.isOpen()).isFalse();
    assertThat(proxy.listener.connectionCount()).isZero();
    assertThat(proxy.hasStat("listener.l.downstream_pre_cx_active")).isFalse();
  }

  @Test
  void countsClientsThatGiveUp() {
    serve(config(filters(0, false, PROXY), 100, chain("A", ChainMatch.ANY)));

    from(1).close();

    assertThat(proxy.stat("listener.l.downstream_listener_filter_remote_close")).isEqualTo(1);
    assertThat(log).containsExactly(" - ");
    assertThat(proxy.listener.connectionCount()).isZero();
  }

  @Test
  void handsConnectionsOverToTheListenerTheyWereMeantFor() {
    var virtual = proxy.listen(config(100, chain("V", ChainMatch.ANY)));
    proxy.listener.retire();
    proxy.listener =
        proxy.listen(
            config(filters(0, false, PROXY), 100, chain("A", ChainMatch.ANY)),
            address -> address.port() == 9 ? virtual : null);

    var handed = from(1);
    var kept = from(2);
    send(handed, "PROXY TCP4 1.2.3.4 5.6.7.8 8 9\r\nx");
    send(kept, "PROXY TCP4 1.2.3.4 5.6.7.8 8 10\r\nx");

    assertThat(received(handed)).isEqualTo("V");
    assertThat(received(kept)).isEqualTo("A");
    assertThat(virtual.connectionCount()).isEqualTo(1);
    virtual.closeAll();
    virtual.retire();
  }

  private void runtime(String key, double value) {
    proxy.runtime.take(
        new RuntimeSnapshot(
            List.of(new RuntimeLayer("test", Map.of(key, RuntimeValue.of(value))))));
  }

  @Test
  void closesConnectionsBeyondTheLimitOfTheListener() {
    runtime("envoy.resource_limits.listener.l.connection_limit", 1);
    serve(config(100, chain("A", ChainMatch.ANY)));

    var first = from(1);

    assertThat(from(2).isOpen()).isFalse();
    assertThat(proxy.stat("listener.l.downstream_cx_overflow")).isEqualTo(1);
    first.close();
    assertThat(from(3).isOpen()).isTrue();
    assertThat(log).containsExactly("A - ");
  }

  @Test
  void countsConnectionsOnWhenTheListenerChanges() {
    runtime("envoy.resource_limits.listener.l.connection_limit", 1);
    serve(config(100, chain("A", ChainMatch.ANY)));
    from(1);

    proxy.listener.update(config(200, chain("B", ChainMatch.ANY)));

    assertThat(from(2).isOpen()).isFalse();
  }

  @Test
  void forgetsTheCountOfAListenerThatHasGone() {
    proxy.connections = new ConnectionBudget(0);
    serve(config(100, chain("A", ChainMatch.ANY)));
    var last = from(1);
    assertThat(proxy.connections.listeners()).isEqualTo(1);

    proxy.listener.retire();
    last.close();

    assertThat(proxy.connections.listeners()).isZero();
  }

  @Test
  void closesConnectionsBeyondTheLimitOfAll() {
    proxy.connections = new ConnectionBudget(1);
    serve(config(100, chain("A", ChainMatch.ANY)));

    var first = from(1);

    assertThat(from(2).isOpen()).isFalse();
    assertThat(proxy.stat("listener.l.downstream_global_cx_overflow")).isEqualTo(1);
    first.close();
    assertThat(from(3).isOpen()).isTrue();
  }

  @Test
  void takesTheLimitOfAllFromTheRuntimeWhileItRuns() {
    serve(config(100, chain("A", ChainMatch.ANY)));
    from(1);
    assertThat(from(2).isOpen()).isTrue();

    runtime("overload.global_downstream_max_connections", 2);

    assertThat(from(3).isOpen()).isFalse();
    assertThat(proxy.stat("listener.l.downstream_global_cx_overflow")).isEqualTo(1);
  }

  @Test
  void letsExemptListenersIgnoreTheLimitOfAll() {
    proxy.connections = new ConnectionBudget(1);
    exempt = true;
    serve(config(100, chain("A", ChainMatch.ANY)));

    from(1);

    assertThat(from(2).isOpen()).isTrue();
  }
}
