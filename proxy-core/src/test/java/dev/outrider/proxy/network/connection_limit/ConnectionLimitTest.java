package dev.outrider.proxy.network.connection_limit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.TextFormat;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.ConnectionFilters;
import dev.outrider.proxy.filter.network.FakeNetworkHost;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.runtime.RuntimeLayer;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.runtime.RuntimeValue;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionLimitTest {
  private static final String CLOSED = "close NO_FLUSH over_connection_limit";

  private final MetricRegistry registry = new MetricRegistry(2);
  private final FakeClock clock = new FakeClock();
  private final List<FakeLoop> loops = List.of(new FakeLoop(0, clock), new FakeLoop(1, clock));
  private final List<ConnectionFilters> open = new ArrayList<>();
  private final RuntimeReader runtime = new RuntimeReader();

  @AfterEach
  void nothingIsLeftOver() {
    open.forEach(filters -> filters.end(ConnectionEnd.REMOTE));
    loops.forEach(loop -> assertThat(loop.armedTimers()).isZero());
    assertThat(stat("connection_limit.p.active_connections")).isLessThanOrEqualTo(0);
  }

  private ConnectionLimitProvider.Factory factory(String text) {
    try {
      var message =
          TextFormat.parse(
              text,
              io.envoyproxy.envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit
                  .class);
      var parsed =
          new ConnectionLimitProvider(registry)
              .parse(Any.pack(message), new ParseContext("listener 'l'", "typed_config", "limit"))
              .toCompletableFuture()
              .join();
      if (parsed instanceof Parsed.Valid<NetworkFilterFactory>(var factory)
          && factory instanceof ConnectionLimitProvider.Factory made) {
        return made;
      }
      throw new AssertionError(parsed.problems());
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(text, e);
    }
  }

  /// A connection on a worker.
  private final class Client {
    private final FakeNetworkHost host;
    private final ConnectionFilters filters;

    Client(ConnectionLimitProvider.Factory factory, int worker) {
      host = new FakeNetworkHost(loops.get(worker));
      filters = new ConnectionFilters(host, 1 << 20);
      filters.add(
          new WorkerConnectionLimit(factory.spec(), factory.all(), host.loop, runtime, registry));
      filters.start();
      host.loop.runTasks();
      open.add(filters);
    }

    List<String> send(String text) {
      filters.onRead(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), false);
      host.loop.runTasks();
      return host.events;
    }

    void leave() {
      open.remove(filters);
      filters.end(ConnectionEnd.REMOTE);
    }
  }

  private long stat(String name) {
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar number && number.name().equals(name)) {
        return number.value();
      }
    }
    return -1;
  }

  private static final String ONE = "stat_prefix: 'p' max_connections { value: 1 }";

  @Test
  void limitsNobodyWhileTheRuntimeSaysSo() {
    var factory =
        factory(ONE + " runtime_enabled { runtime_key: 'k' default_value { value: true } }");
    runtime.take(
        new RuntimeSnapshot(
            List.of(new RuntimeLayer("test", Map.of("k", RuntimeValue.of(false))))));
    new Client(factory, 0);
    assertThat(new Client(factory, 0).send("a")).containsExactly("read a");

    runtime.take(RuntimeSnapshot.EMPTY);

    new Client(factory, 0);
    assertThat(new Client(factory, 0).send("b")).containsExactly(CLOSED);
  }

  @Test
  void limitsConnectionsOverAllWorkers() {
    var factory = factory(ONE);
    var first = new Client(factory, 0);
    var second = new Client(factory, 1);

    assertThat(first.send("a")).containsExactly("read a");
    assertThat(second.send("b")).containsExactly(CLOSED);
    assertThat(stat("connection_limit.p.limited_connections")).isEqualTo(1);
    assertThat(stat("connection_limit.p.active_connections")).isEqualTo(2);

    first.leave();
    second.leave();

    assertThat(new Client(factory, 1).send("c")).containsExactly("read c");
  }

  @Test
  void keepsAClientTooManyForAWhileWhereThatIsAskedFor() {
    var factory = factory(ONE + " delay { seconds: 1 }");
    var unused = new Client(factory, 0);
    var second = new Client(factory, 0);

    assertThat(second.send("b")).isEmpty();
    loops.getFirst().advance(Duration.ofMillis(1_100));

    assertThat(second.host.events).containsExactly(CLOSED);
    unused.leave();
  }

  @Test
  void aClientThatLeavesMeanwhileIsNotWaitedFor() {
    var factory = factory(ONE + " delay { seconds: 1 }");
    var first = new Client(factory, 0);
    var second = new Client(factory, 0);

    second.leave();
    first.leave();

    assertThat(loops.getFirst().armedTimers()).isZero();
    assertThat(new Client(factory, 0).send("c")).containsExactly("read c");
  }

  @Test
  void isOffWhereTheRuntimeSaysSo() {
    var factory = factory(ONE + " runtime_enabled { default_value { } runtime_key: 'k' }");
    var first = new Client(factory, 0);
    var second = new Client(factory, 0);

    assertThat(first.send("a")).containsExactly("read a");
    assertThat(second.send("b")).containsExactly("read b");
  }
}
