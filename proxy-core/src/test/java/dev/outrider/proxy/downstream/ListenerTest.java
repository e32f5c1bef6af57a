package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.FilterChains;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.listener.ChainMatch;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListenerTest {
  private final MemoryProxy proxy = new MemoryProxy();
  private final List<String> log = new ArrayList<>();
  private final AccessLogger logger = this::logged;
  private final List<EmbeddedChannel> clients = new ArrayList<>();

  @AfterEach
  void close() {
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
    return new ListenerConfig(
        "l",
        new HostPort("10.0.0.9", 80),
        "l",
        FilterChains.of(List.of(chains), null, (_, _) -> {}),
        bufferLimit,
        0,
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
}
