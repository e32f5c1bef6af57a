package dev.outrider.proxywasm;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.CallLimits;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.PeerType;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Guests that mean harm, or are broken as if they did: each costs its own VM at most, and the next
/// guest on the thread runs.
@Timeout(120)
class HostileGuestTest {
  private static final Duration BUDGET = Duration.ofMillis(250);
  private static final Duration WALL = Duration.ofSeconds(30);
  private static final String FOR_EVER = "(loop $for_ever (br $for_ever))";
  private static final int PAGES = 8;
  // GET / of a, as header pairs.
  private static final String REQUEST =
      "\3\0\0\0\7\0\0\0\3\0\0\0\5\0\0\0\1\0\0\0\12\0\0\0\1\0\0\0"
          + ":method\0GET\0:path\0/\0:authority\0a\0";

  private final TestServices services = new TestServices();

  private GuestHarness start(Wat wat) {
    return start(wat, 100);
  }

  private GuestHarness start(Wat wat, int logLines) {
    services.callouts().addUpstream("users");
    services.grpc().addService("users");
    var calls = new CallLimits(BUDGET, BUDGET, BUDGET, WALL);
    var plugin = new PluginLimits(calls, Duration.ofMinutes(5), 10, 1_000, logLines);
    var vm = new VmLimits((long) PAGES << 16, BUDGET, WALL, 100_000, 1_000, 1_000);
    return GuestHarness.start(
        GuestHarness.load(wat.wasm()),
        new VmSpec("", new byte[0], Map.of(), vm),
        new PluginSpec("test", "root", new byte[0], false, plugin),
        services);
  }

  private void theNextGuestRuns() {
    try (var guest = start(Wat.guest().onRequestHeaders("(call $report (i32.const 42))"))) {
      var _ = guest.request("GET", "/");

      assertThat(services.log().texts().getLast()).as("next guest on this thread").isEqualTo("42");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "_initialize, :",
    "_start, :",
    "malloc, i:i",
    "proxy_on_memory_allocate, i:i",
    "proxy_on_context_create, ii:",
    "proxy_on_vm_start, ii:i",
    "proxy_on_configure, ii:i",
    "proxy_on_tick, i:",
    "proxy_on_queue_ready, ii:",
    "proxy_on_request_headers, iii:i",
    "proxy_on_request_body, iii:i",
    "proxy_on_request_trailers, ii:i",
    "proxy_on_response_headers, iii:i",
    "proxy_on_response_body, iii:i",
    "proxy_on_response_trailers, ii:i",
    "proxy_on_http_call_response, iiiii:",
    "proxy_on_grpc_receive_initial_metadata, iii:",
    "proxy_on_grpc_receive, iii:",
    "proxy_on_grpc_receive_trailing_metadata, iii:",
    "proxy_on_grpc_close, iii:",
    "proxy_on_new_connection, i:i",
    "proxy_on_downstream_data, iii:i",
    "proxy_on_upstream_data, iii:i",
    "proxy_on_downstream_connection_close, ii:",
    "proxy_on_upstream_connection_close, ii:",
    "proxy_on_done, i:i",
    "proxy_on_log, i:",
    "proxy_on_delete, i:",
  })
  void isStoppedInWhateverCallbackItLoops(String export, String signature) {
    boolean allocates = export.equals("malloc") || export.equals("proxy_on_memory_allocate");
    var wat = busy(allocates ? export : "malloc", allocates ? FOR_EVER : "");
    var looping = allocates ? wat : wat.on(export, signature, loop(signature));

    var failure = failureOf(looping);

    assertThat(failure).as("failure").isInstanceOf(GuestFailure.Timeout.class);
    assertThat(failure.message())
        .startsWith("Function: " + (allocates ? "proxy_on_request_headers" : export) + " stopped: ")
        .contains("CPU time");
    theNextGuestRuns();
  }

  @ParameterizedTest
  @ValueSource(strings = {"main", "__main_void"})
  void isStoppedInItsMain(String export) {
    var signature = export.equals("main") ? "ii:i" : ":i";

    var failure =
        failureOf(
            Wat.guest()
                .on("_initialize", ":", "")
                .on(export, signature, FOR_EVER + "(unreachable)"));

    assertThat(failure).isInstanceOf(GuestFailure.Timeout.class);
    assertThat(failure.message()).startsWith("Function: " + export + " stopped: ");
  }

  @Test
  void isStoppedInItsStartSection() {
    var failure =
        failureOf(Wat.guest().with("(func $begin " + FOR_EVER + ")").with("(start $begin)"));

    assertThat(failure).isInstanceOf(GuestFailure.Timeout.class);
    assertThat(failure.message()).startsWith("Function: start section stopped: ");
  }

  private static String loop(String signature) {
    return FOR_EVER + (signature.endsWith("i") ? "(unreachable)" : "");
  }

  /// A guest that makes a call and reads a header, so that each callback has a reason to run.
  private static Wat busy(String allocator, String body) {
    return Wat.guest()
        .data(1000, ":path")
        .data(1100, "users")
        .data(1200, REQUEST)
        .allocator(
            "(func (export \"%s\") (param i32) (result i32) %s (i32.const 70000))"
                .formatted(allocator, body))
        .onRequestHeaders(
            "(drop "
                + call("proxy_http_call", 1100, 5, 1200, REQUEST.length(), 0, 0, 0, 0, 1000, 100)
                + ") (drop "
                + call("proxy_grpc_stream", 1100, 5, 1100, 5, 1100, 5, 0, 0, 108)
                + ") (drop "
                + call("proxy_get_header_map_value", 0, 1000, 5, 100, 104)
                + ")");
  }

  /// Shows the guest everything there is, until it fails.
  private GuestFailure failureOf(Wat wat) {
    try (var guest = start(wat)) {
      showEverything(guest);
      return Objects.requireNonNull(guest.vm().failure(), "the VM has not failed");
    } catch (GuestFailureException e) {
      return e.failure();
    }
  }

  private static void showEverything(GuestHarness guest) {
    guest.plugin().onTick();
    guest.plugin().onQueueReady(1);
    var exchange = guest.exchange();
    exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);
    exchange.onRequestBody("body", false);
    if (!guest.services().callouts().tokens().isEmpty()) {
      guest.failCallout();
    }
    if (!guest.services().grpc().tokens().isEmpty()) {
      showStream(guest.plugin(), guest.services().grpc().takeOldest());
    }
    exchange.onRequestTrailers(TestHeaders.of("a", "b"));
    exchange.onResponseHeaders(TestHeaders.of(":status", "200"), false);
    exchange.onResponseBody("body", false);
    exchange.onResponseTrailers(TestHeaders.of("a", "b"));
    exchange.close();
    var connection = guest.connection();
    connection.onNewConnection();
    connection.onDownstreamData("ping", false);
    connection.onUpstreamData("pong", false);
    connection.context().onUpstreamConnectionClose(PeerType.REMOTE);
    connection.context().onDownstreamConnectionClose(PeerType.REMOTE);
    connection.close();
    guest.plugin().shutdown();
  }

  private static void showStream(PluginContext plugin, int token) {
    plugin.onGrpcInitialMetadata(token, TestHeaders.of("a", "b"));
    plugin.onGrpcReceive(token, new byte[5]);
    plugin.onGrpcTrailingMetadata(token, TestHeaders.of("a", "b"));
    plugin.onGrpcClose(token, 0, "");
  }

  @Test
  void growsToItsLimitAndIsToldSoByMinusOne() {
    var wat =
        Wat.guest()
            .onConfigure(
                "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
                    + "(call $report (memory.size))");

    try (var guest = start(wat)) {
      assertThat(guest.log().texts()).containsExactly(Integer.toString(PAGES));
      assertThat(guest.vm().failure()).isNull();
    }
    assertThat(services.memory().heldBytes()).isZero();
  }

  @Test
  void recursesUntilItsStackIsExhausted() {
    var wat =
        Wat.guest()
            .with(
                "(func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down"
                    + " (local.get 0))))")
            .onRequestHeaders("(drop (call $down (i32.const 1)))");

    var failure = failureOf(wat);

    assertThat(failure).isInstanceOf(GuestFailure.OutOfMemory.class);
    assertThat(failure.message()).contains("call stack exhausted").contains(" < ");
    theNextGuestRuns();
  }

  @Test
  void cutsALineThatIsTooLong() {
    try (var guest = start(Wat.guest().onConfigure(report("proxy_log", 2, 0, 131_072)))) {
      assertThat(guest.log().texts().getFirst())
          .hasSize((16 << 10) + " ... (131072 bytes in all)".length())
          .endsWith(" ... (131072 bytes in all)");
    }
  }

  @Test
  void writesSoManyLinesASecondAndSaysHowManyWereDropped() {
    var flood =
        "(local.set 1 (i32.const 1000)) (loop $l (drop "
            + call("proxy_log", 2, 1000, 1)
            + ") (local.set 1 (i32.sub (local.get 1) (i32.const 1))) (br_if $l (local.get 1)))";
    var wat = Wat.guest().data(1000, "x").on("proxy_on_queue_ready", "ii:", flood);

    try (var guest = start(wat, 30)) {
      guest.plugin().onQueueReady(1);

      assertThat(services.log().texts()).hasSize(30).containsOnly("x");
      assertThat(guest.host().refusals(GuestLimit.LOG_LINES)).isEqualTo(970);

      services.clock().advance(Duration.ofSeconds(1));
      guest.plugin().onTick();
      guest.plugin().onQueueReady(1);

      assertThat(services.log().texts()).hasSize(61);
      assertThat(services.log().texts().get(30))
          .isEqualTo("970 log lines dropped: more than 30 a second (limit log_lines_per_second)");
    }
    assertThat(services.log().texts().getLast()).as("said at the end").startsWith("970 log lines");
  }

  @Test
  void cannotFloodTheLogByWhatTheHostSaysOfIt() {
    var refused = "(drop " + call("proxy_add_header_map_value", 0, 1000, 1, 1001, 1) + ")";
    var wat =
        Wat.guest()
            .data(1000, "x\r")
            .onRequestHeaders(
                "(local $n i32) (loop $l "
                    + refused
                    + " (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $l (i32.lt_u"
                    + " (local.get $n) (i32.const 500))))");

    try (var guest = start(wat, 30)) {
      var _ = guest.request("GET", "/");

      assertThat(services.log().texts()).hasSize(30);
    }
  }

  @Test
  void isEndedWhenItsAllocatorCallsTheHostBack() {
    var wat =
        busy("malloc", "(drop " + call("proxy_get_header_map_value", 0, 1000, 5, 100, 104) + ")");

    var failure = failureOf(wat);

    assertThat(failure).isInstanceOf(GuestFailure.Trap.class);
    assertThat(failure.message()).contains("restricted_callback").contains("proxy_get_header_map");
    theNextGuestRuns();
  }

  @Test
  void isEndedWhenItsAllocatorTraps() {
    var failure = failureOf(busy("malloc", "(unreachable)"));

    assertThat(failure).isInstanceOf(GuestFailure.Trap.class);
    assertThat(failure.message())
        .as("through the host function that asked for memory")
        .contains("proxy_get_header_map_value <");
    theNextGuestRuns();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 0x7fff_ffff, 8 << 16})
  void givesTheHostBadBlocksInVain(long block) {
    var wat =
        Wat.guest()
            .data(1000, ":path")
            .allocator(
                "(func (export \"malloc\") (param i32) (result i32) (i32.const %d))"
                    .formatted(block))
            .onRequestHeaders(report("proxy_get_header_map_value", 0, 1000, 5, 100, 104));

    try (var guest = start(wat)) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("6");
    }
  }

  @Test
  void repliesTwiceAndOnceCounts() {
    var reply =
        "(drop " + call("proxy_send_local_response", 403, 0, 0, 0, 0, 0, 0, 0xffffffffL) + ")";
    var wat = Wat.guest().onRequestHeaders(reply + reply.replace("403", "404"));

    try (var guest = start(wat)) {
      assertThat(guest.request("GET", "/").effects()).containsExactly("reply 403");
    }
  }

  @Test
  void makesAMillionCallsAndHasTen() {
    var million =
        "(local $n i32) (loop $l (drop "
            + call("proxy_http_call", 1100, 5, 1200, REQUEST.length(), 0, 0, 0, 0, 1000, 100)
            + ") (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $l (i32.lt_u"
            + " (local.get $n) (i32.const 1000000))))";
    var wat =
        Wat.guest()
            .data(1100, "users")
            .data(1200, REQUEST)
            .on("proxy_on_queue_ready", "ii:", million);
    var calls = new CallLimits(BUDGET, BUDGET, Duration.ofSeconds(60), Duration.ofMinutes(5));
    var limits = new PluginLimits(calls, Duration.ofMinutes(5), 10, 100_000, 100);
    services.callouts().addUpstream("users");

    try (var guest =
        GuestHarness.start(
            GuestHarness.load(wat.wasm()),
            VmSpec.DEFAULT,
            new PluginSpec("test", "root", new byte[0], false, limits),
            services)) {
      guest.plugin().onQueueReady(1);

      assertThat(guest.vm().failure()).isNull();
      assertThat(services.callouts().tokens()).hasSize(10);
      assertThat(guest.host().refusals(GuestLimit.CALLOUTS)).isEqualTo(999_990);
      assertThat(services.log().texts()).as("said once").hasSize(1);
    }
  }

  @Test
  void movesNoMoreThanOneBlockAtATime() {
    var wat =
        Wat.guest()
            .onRequestBody(
                report("proxy_get_buffer_bytes", 0, 0, 200_000, 100, 104)
                    + report("proxy_get_buffer_bytes", 0, 0, 50_000, 100, 104)
                    + report("proxy_set_buffer_bytes", 0, 0, 0, 0, 1)
                    + report("proxy_send_local_response", 403, 0, 0, 0, 100_001, 0, 0, 0)
                    + report("proxy_set_property", 0, 1, 0, 100_001)
                    + report("proxy_set_property", 0, 1, 0, 100));

    try (var guest = start(wat)) {
      var exchange = guest.exchange();
      exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);
      exchange.onRequestBody("b".repeat(200_000), false);

      assertThat(guest.log().texts().stream().filter(text -> text.length() == 1))
          .containsExactly("6", "0", "2", "6", "6", "0");
      assertThat(guest.log().texts())
          .filteredOn(text -> text.contains("block_bytes"))
          .as("said once")
          .hasSize(1);
      assertThat(guest.host().refusals(GuestLimit.BLOCK)).isEqualTo(4);
    }
  }

  @Test
  void readsNoMoreThanAThousandHeaders() {
    var wat = Wat.guest().onRequestHeaders(report("proxy_get_header_map_pairs", 0, 100, 104));
    var many = TestHeaders.of(":path", "/");
    for (int i = 0; i < 1024; i++) {
      many.with("x", "y");
    }

    try (var guest = start(wat)) {
      guest.exchange().onRequestHeaders(many, true);

      assertThat(guest.log().texts()).contains("10");
      assertThat(guest.host().refusals(GuestLimit.BLOCK)).isEqualTo(1);
    }
  }

  @Test
  void fillsWhatItSharesAndIsAnsweredAsEverySdkTakesIt() {
    var wat =
        Wat.guest()
            .data(1000, "name")
            .onConfigure(
                report("proxy_set_shared_data", 1000, 4, 0, 900, 0)
                    + report("proxy_set_shared_data", 1000, 4, 0, 999, 0)
                    + report("proxy_register_shared_queue", 1000, 4, 100)
                    + report("proxy_enqueue_shared_queue", 1, 0, 800)
                    + report("proxy_enqueue_shared_queue", 1, 0, 800)
                    + report("proxy_register_shared_queue", 1001, 3, 100));

    try (var guest = start(wat)) {
      assertThat(guest.log().texts().stream().filter(text -> text.length() <= 2))
          .as("CAS_MISMATCH and NOT_FOUND; to register only OK could be answered")
          .containsExactly("0", "8", "0", "0", "1", "10");
      assertThat(guest.host().refusals(GuestLimit.SHARED_DATA)).isEqualTo(1);
      assertThat(guest.host().refusals(GuestLimit.SHARED_QUEUE)).isEqualTo(2);
    }
  }

  @Test
  void printsAnArrayOfRangesThatItsOwnResultOverwrites() {
    // The vector (1000, 4) stands where the number of bytes written goes.
    var wat =
        Wat.guest()
            .data(500, "\0\0\0\0\4\0\0\0")
            .onConfigure(
                "(i32.store (i32.const 500) (i32.const 1000))"
                    + report("fd_write", 1, 500, 1, 504)
                    + report("fd_write", 1, 500, 1, 500))
            .data(1000, "tex\n");

    try (var guest = start(wat)) {
      assertThat(guest.vm().failure()).isNull();
      assertThat(guest.log().texts()).containsExactly("tex", "0", "tex", "0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"spin", "recurse"})
  void cannotSwallowItsEndWithACatchAll(String how) {
    var inner =
        how.equals("spin")
            ? "(loop $s (br $s))"
            : "(loop $s (drop (call $down (i32.const 1))) (br $s))";
    var wat =
        Wat.guest()
            .with(
                "(func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down"
                    + " (local.get 0))))")
            .onRequestHeaders(
                "(loop $o (block $caught (block (nop) (nop) (nop) " + inner + ")) (br $o))");

    GuestFailure failure;
    try (var guest =
        GuestHarness.start(
            GuestHarness.load(withCatchAll(wat.wasm())),
            VmSpec.DEFAULT,
            new PluginSpec("p", "", new byte[0], false, shortCalls()),
            services)) {
      var exchange = guest.request("GET", "/");
      assertThat(exchange.effects()).containsExactly("failed");
      failure = guest.vm().failure();
    }

    assertThat(failure)
        .isInstanceOf(
            how.equals("spin") ? GuestFailure.Timeout.class : GuestFailure.OutOfMemory.class);
    theNextGuestRuns();
  }

  private static PluginLimits shortCalls() {
    var usual = PluginLimits.DEFAULT;
    return new PluginLimits(
        new CallLimits(BUDGET, Duration.ofSeconds(5), BUDGET, WALL),
        usual.pause(),
        usual.maxCallouts(),
        usual.maxCalloutBytes(),
        usual.logLinesPerSecond());
  }

  /// Turns `block nop nop nop` into `try_table (catch_all 0)`, which the text format here lacks:
  /// both take five bytes.
  private static byte[] withCatchAll(byte[] wasm) {
    byte[] block = {0x02, 0x40, 0x01, 0x01, 0x01};
    byte[] tryTable = {0x1f, 0x40, 0x01, 0x02, 0x00};
    for (int i = 0; i + block.length <= wasm.length; i++) {
      if (Arrays.equals(wasm, i, i + block.length, block, 0, block.length)) {
        System.arraycopy(tryTable, 0, wasm, i, tryTable.length);
        return wasm;
      }
    }
    throw new AssertionError("no block of three nops");
  }

  @Test
  void cannotWriteAHeaderThatBreaksOutOfItsLine() {
    var bad = Map.of("CR", "a\rb", "LF", "a\nb", "NUL", "a\0b");
    bad.forEach(
        (name, value) -> {
          var wat =
              Wat.guest()
                  .data(1000, "x")
                  .data(1100, value)
                  .onRequestHeaders(
                      report("proxy_add_header_map_value", 0, 1000, 1, 1100, 3)
                          + report("proxy_replace_header_map_value", 0, 1000, 1, 1100, 3)
                          + report("proxy_add_header_map_value", 0, 1100, 3, 1000, 1));
          try (var guest = start(wat)) {
            var exchange = guest.request("GET", "/");

            assertThat(guest.log().texts().stream().filter(text -> text.length() == 1))
                .as(name)
                .containsOnly("2")
                .hasSizeGreaterThanOrEqualTo(3);
            assertThat(exchange.requestHeaders().names()).as(name).doesNotContain("x");
          }
        });
  }

  @Test
  void anotherThreadsGuestKeepsItsPaceWhileThisOneSpins() throws InterruptedException {
    var threads = ManagementFactory.getThreadMXBean();
    var counting =
        Wat.guest()
            .onRequestHeaders(
                "(local $n i32) (loop $l (local.set $n (i32.add (local.get $n) (i32.const 1)))"
                    + " (br_if $l (i32.lt_u (local.get $n) (i32.const 200000))))");
    try (var guest = start(counting)) {
      long quiet = cpuOfCalls(threads, guest, 40);
      var spinner =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 5; i++) {
                      try (var bad = start(Wat.guest().onRequestHeaders(FOR_EVER))) {
                        var _ = bad.request("GET", "/");
                      }
                    }
                  });
      long beside = cpuOfCalls(threads, guest, 40);
      spinner.join();

      assertThat(beside)
          .as("CPU of 40 calls beside five spinning guests; alone %d ns", quiet)
          .isLessThan(3 * quiet + 5_000_000);
      assertThat(guest.vm().failure()).isNull();
    }
  }

  private static long cpuOfCalls(ThreadMXBean threads, GuestHarness guest, int calls) {
    long before = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < calls; i++) {
      try (var exchange = guest.exchange()) {
        exchange.onRequestHeaders(TestHeaders.of(":path", "/"), true);
      }
    }
    return threads.getCurrentThreadCpuTime() - before;
  }
}
