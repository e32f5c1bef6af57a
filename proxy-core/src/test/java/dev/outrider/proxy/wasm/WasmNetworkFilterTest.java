package dev.outrider.proxy.wasm;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proto.wasm.v1.GuestConfig;
import dev.outrider.proto.wasm.v1.GuestLimits;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.ConnectionFilters;
import dev.outrider.proxy.filter.network.FakeNetworkHost;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.filters.network.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.wasm.v3.FailurePolicy;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One connection between the network filter contract and a guest.
class WasmNetworkFilterTest {
  private static final String NEW = "proxy_on_new_connection";
  private static final String DOWN = "proxy_on_downstream_data";
  private static final String UP = "proxy_on_upstream_data";

  private final TestPlugins plugins = new TestPlugins();
  private FakeNetworkHost host = new FakeNetworkHost(plugins.loop);
  private ConnectionFilters filters = new ConnectionFilters(host, 1000);

  @AfterEach
  void close() {
    plugins.close();
  }

  private WorkerNetworkFilterFactory start(byte[] guest, UnaryOperator<PluginConfig.Builder> more)
      throws Exception {
    var plugin =
        io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm.parseFrom(
                TestPlugins.config(guest, more).getValue())
            .getConfig();
    var config = Any.pack(Wasm.newBuilder().setConfig(plugin).build());
    var stage =
        new WasmNetworkFilterProvider(plugins.plugins)
            .parse(config, TestPlugins.PLACE)
            .toCompletableFuture();
    plugins.runBackground();
    if (stage.join() instanceof Parsed.Valid<NetworkFilterFactory>(var factory)) {
      var onWorker = factory.forWorker(plugins);
      plugins.settle();
      return onWorker;
    }
    throw new AssertionError(stage.join().problems().toString());
  }

  private void connect(WorkerNetworkFilterFactory factory) {
    host = new FakeNetworkHost(plugins.loop);
    filters = new ConnectionFilters(host, 1000);
    filters.add(factory);
    filters.start();
  }

  private void read(String text, boolean end) {
    filters.onRead(Unpooled.copiedBuffer(text, UTF_8), end);
    plugins.loop.runTasks();
  }

  private void write(String text, boolean end) {
    filters.write(Unpooled.copiedBuffer(text, UTF_8), end);
    plugins.loop.runTasks();
  }

  private String seen() {
    var text = String.join(", ", host.events);
    host.events.clear();
    return text;
  }

  private static String edit(int buffer) {
    return "(drop " + call("proxy_set_buffer_bytes", buffer, 0, 1, 1000, 2) + ")";
  }

  @Test
  void showsBytesOfBothSidesAndTakesEdits() throws Exception {
    var guest =
        Wat.guest()
            .data(1000, "XY")
            .on(DOWN, "iii:i", edit(2) + "(i32.const 0)")
            .on(UP, "iii:i", edit(3) + "(i32.const 0)")
            .wasm();
    connect(start(guest, plugin -> plugin));

    read("ping", false);
    write("pong", false);

    assertThat(seen()).isEqualTo("read XYing, write XYong");
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void tellsTheEndsOfAConnection() throws Exception {
    var guest =
        Wat.guest()
            .on("proxy_on_upstream_connection_close", "ii:", "(call $report (local.get 1))")
            .on("proxy_on_downstream_connection_close", "ii:", "(call $report (local.get 1))")
            .wasm();
    var factory = start(guest, plugin -> plugin);
    connect(factory);

    write("", true);
    filters.end(ConnectionEnd.REMOTE_RESET);
    connect(factory);
    filters.end(ConnectionEnd.LOCAL);

    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: 0", "INFO wasm log p0 r0 vm: 2", "INFO wasm log p0 r0 vm: 1");
  }

  /// Stops what comes from the client, in whatever callback, until a tick.
  private static Wat stopped(String onTick) {
    return Wat.guest()
        .data(1000, "XY")
        .with("(global $stream (mut i32) (i32.const 0))")
        .onConfigure("(drop " + call("proxy_set_tick_period_milliseconds", 50) + ")")
        .on(NEW, "i:i", "(global.set $stream (local.get 0)) (i32.const 1)")
        .on(DOWN, "iii:i", "(i32.const 1)")
        .on(
            "proxy_on_tick",
            "i:",
            "(drop (call $proxy_set_effective_context (global.get $stream)))" + onTick);
  }

  @Test
  void resumesByATickWithWhatItEditedMeanwhile() throws Exception {
    var guest = stopped(edit(2) + "(drop " + call("proxy_continue_stream", 2) + ")");
    connect(start(guest.wasm(), plugin -> plugin));
    read("held", true);
    assertThat(seen()).isEmpty();

    plugins.advance(Duration.ofMillis(60));

    assertThat(seen()).isEqualTo("read XYeld.");
    filters.end(ConnectionEnd.LOCAL);
  }

  @ParameterizedTest
  @CsvSource({"2, close FLUSH wasm_downstream_close", "3, close FLUSH wasm_upstream_close"})
  void closesTheConnectionOnceNobodyIsOnTheStack(int direction, String expected) throws Exception {
    var guest =
        Wat.guest()
            .on(DOWN, "iii:i", "(drop " + call("proxy_close_stream", direction) + ")(i32.const 0)")
            .wasm();
    connect(start(guest, plugin -> plugin));

    read("x", false);

    assertThat(seen()).isEqualTo(expected);
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void knowsTheConnectionAndKeepsWhatAGuestSets() throws Exception {
    var guest =
        Wat.guest()
            .data(1000, "source\0address")
            .data(1100, "mine")
            .on(
                NEW,
                "i:i",
                Wat.report("proxy_get_property", 1000, 14, 100, 104)
                    + Wat.report("proxy_set_property", 1100, 4, 1100, 4)
                    + Wat.report("proxy_get_property", 1100, 4, 100, 104)
                    + Wat.show(100, 104)
                    + "(i32.const 0)")
            .wasm();

    connect(start(guest, plugin -> plugin));

    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: mine");
    assertThat(host.info().filterState().get("wasm.mine")).isNotNull();
    filters.end(ConnectionEnd.LOCAL);
  }

  private static byte[] fragile() {
    return Wat.guest().on(DOWN, "iii:i", "unreachable").wasm();
  }

  @Test
  void closedEndsTheFailingConnectionAndEveryLaterOne() throws Exception {
    var factory = start(fragile(), plugin -> plugin);
    connect(factory);

    read("x", false);
    assertThat(seen()).isEqualTo("close FLUSH ");
    filters.end(ConnectionEnd.LOCAL);
    connect(factory);
    plugins.loop.runTasks();

    assertThat(seen()).isEqualTo("close FLUSH ");
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void openLetsLaterConnectionsPass() throws Exception {
    var factory = start(fragile(), plugin -> plugin.setFailurePolicy(FailurePolicy.FAIL_OPEN));
    connect(factory);

    read("x", false);
    assertThat(seen()).isEqualTo("close FLUSH ");
    filters.end(ConnectionEnd.LOCAL);
    connect(factory);
    read("x", false);

    assertThat(seen()).isEqualTo("read x");
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void theDeprecatedFailOpenLetsTheFailingConnectionPassToo() throws Exception {
    @SuppressWarnings("deprecation") // the subject
    var factory = start(fragile(), plugin -> plugin.setFailOpen(true));
    connect(factory);

    read("x", false);

    assertThat(seen()).isEqualTo("read x");
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void endsAConnectionThatWaitsForAGuestThatFails() throws Exception {
    var guest = stopped("unreachable");
    connect(start(guest.wasm(), plugin -> plugin));
    read("held", false);

    plugins.advance(Duration.ofMillis(60));

    assertThat(seen()).isEqualTo("close FLUSH ");
    filters.end(ConnectionEnd.LOCAL);
  }

  private static PluginConfig.Builder pausing(PluginConfig.Builder plugin, FailurePolicy policy) {
    var limits =
        GuestLimits.newBuilder().setPause(com.google.protobuf.Duration.newBuilder().setSeconds(10));
    return plugin
        .setFailurePolicy(policy)
        .setConfiguration(Any.pack(GuestConfig.newBuilder().setLimits(limits).build()));
  }

  @ParameterizedTest
  @CsvSource({"FAIL_CLOSED, close FLUSH ''", "FAIL_OPEN, 'read pi'"})
  void aConnectionThatIsStoppedForTooLongEndsByTheFailurePolicy(
      FailurePolicy policy, String expected) throws Exception {
    var guest = Wat.guest().on(DOWN, "iii:i", "(i32.const 1)").wasm();
    connect(start(guest, plugin -> pausing(plugin, policy)));
    read("p", false);
    plugins.advance(Duration.ofSeconds(9));
    read("i", false); // progress
    plugins.advance(Duration.ofSeconds(9));
    assertThat(seen()).isEmpty();

    plugins.advance(Duration.ofSeconds(2));

    assertThat(seen()).isEqualTo(expected.replace("''", ""));
    assertThat(plugins.counter("wasm.p0.pause_timeouts")).isOne();
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void aStoppedNewConnectionEndsTooUnlessItIsResumed() throws Exception {
    var guest = Wat.guest().on(NEW, "i:i", "(i32.const 1)").wasm();
    connect(start(guest, plugin -> pausing(plugin, FailurePolicy.FAIL_CLOSED)));

    plugins.advance(Duration.ofSeconds(11));

    assertThat(seen()).isEqualTo("close FLUSH ");
    filters.end(ConnectionEnd.LOCAL);
  }

  @ParameterizedTest
  @CsvSource({"false, write po", "true, write po."})
  void whatItStoppedOfTheServiceGoesOnUnderFailOpen(boolean end, String expected) throws Exception {
    var guest = Wat.guest().on(UP, "iii:i", "(i32.const 1)").wasm();
    connect(start(guest, plugin -> pausing(plugin, FailurePolicy.FAIL_OPEN)));
    write("po", end);

    plugins.advance(Duration.ofSeconds(11));

    assertThat(seen()).isEqualTo(expected);
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void aGuestThatTakesTheBytesOrResumesHoldsNothing() throws Exception {
    var taking = "(drop " + call("proxy_set_buffer_bytes", 2, 0, 99, 0, 0) + ")(i32.const 1)";
    var guest = Wat.guest().on(DOWN, "iii:i", taking).wasm();
    connect(start(guest, plugin -> pausing(plugin, FailurePolicy.FAIL_CLOSED)));
    read("taken", false);

    plugins.advance(Duration.ofSeconds(60));

    assertThat(seen()).isEmpty();
    assertThat(plugins.counter("wasm.p0.pause_timeouts")).isZero();
    filters.end(ConnectionEnd.LOCAL);
    var resuming = stopped("(drop " + call("proxy_continue_stream", 2) + ")").wasm();
    connect(start(resuming, plugin -> pausing(plugin, FailurePolicy.FAIL_CLOSED)));
    read("held", false);
    plugins.advance(Duration.ofSeconds(60));
    assertThat(seen()).isEqualTo("read held");
    filters.end(ConnectionEnd.LOCAL);
  }
}
