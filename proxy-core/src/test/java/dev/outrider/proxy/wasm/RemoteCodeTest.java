package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.core.v3.RemoteDataSource;
import io.envoyproxy.envoy.config.core.v3.RetryPolicy;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.wasm.v3.WasmService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Modules that are fetched over a cluster before their configuration is accepted. The jitter of
/// these tests is the shortest: a retry comes at once.
class RemoteCodeTest {
  private static final byte[] WASM = Wat.guest().wasm();
  private static final String DIGEST = ModuleCache.digest(WASM);

  private TestPlugins plugins = served(new TestPlugins(1, 1));

  private static TestPlugins served(TestPlugins plugins) {
    plugins.plugins.serve(plugins.workers.getLast());
    return plugins;
  }

  @AfterEach
  void close() {
    plugins.close();
  }

  @Test
  void waitsForTheCodeAndAsksForItOnce() {
    var one = parse(remote("one", 1));
    var two = parse(remote("two", 1));

    assertThat(one).as("while the fetch is under way").isNotDone();
    assertThat(main().calls())
        .containsExactly(
            "users | :method: GET, :path: /m.wasm, :authority: code.example |  | 5000");
    main().answer(200, WASM);
    plugins.settle();

    assertThat(accepted(one)).isTrue();
    assertThat(accepted(two)).isTrue();
    assertThat(main().underWay()).isZero();
    assertThat(stat("fetch_successes")).isEqualTo(1);
    assertThat(stat("cache_misses")).isEqualTo(2);
    assertThat(plugins.metrics.gauge("wasm.remote_load_cache_entries").value()).isEqualTo(1);
  }

  @Test
  void findsWhatWasFetchedBefore() {
    fetch();

    var again = parse(remote("again", 1));

    assertThat(accepted(again)).isTrue();
    assertThat(main().calls()).hasSize(1);
    assertThat(stat("cache_hits")).isEqualTo(1);
  }

  @Test
  void findsOnDiskWhatAnEarlierProcessHasFetched(@TempDir Path parent) throws IOException {
    var folder = parent.resolve("not-there-yet");
    var options = new WasmOptions(new byte[0], folder, java.time.Duration.ofMinutes(10));
    plugins = served(new TestPlugins(1, 1, options));
    fetch();

    plugins = served(new TestPlugins(1, 1, options));
    assertThat(accepted(parse(remote("later", 1)))).isTrue();
    assertThat(main().calls()).isEmpty();

    Files.writeString(folder.resolve(DIGEST + ".wasm"), "damaged");
    plugins = served(new TestPlugins(1, 1, options));
    var refetched = parse(remote("damaged", 1));
    main().answer(200, WASM);
    plugins.settle();
    assertThat(accepted(refetched)).isTrue();
    assertThat(folder.resolve(DIGEST + ".wasm")).hasBinaryContent(WASM);
  }

  @Test
  void triesAgainAsOftenAsConfigured() {
    var configured = parse(remote("p", 4));

    main().answer(404, "no");
    later();
    main().fail();
    later();
    main().answer(200, "");
    later();
    main().answer(200, "another module");
    later();
    assertThat(configured).as("before the last attempt").isNotDone();
    main().answer(200, WASM);
    plugins.settle();

    assertThat(accepted(configured)).isTrue();
    assertThat(main().calls()).hasSize(5);
    assertThat(stat("fetch_failures")).isZero();
  }

  @Test
  void refusesWithTheReasonWhenTheRetriesAreUsedUp() {
    var configured = parse(remote("p", 1));

    main().answer(200, "another module");
    later();
    main().answer(200, "another module");
    plugins.settle();

    assertThat(refusal(configured))
        .isEqualTo(
            "listener 'main': filters[0].config: Unable to create Wasm plugin p: its code cannot be"
                + " fetched from http://code.example/m.wasm (2 attempts): SHA-256 is "
                + ModuleCache.digest(
                    "another module".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                + ", expected "
                + DIGEST);
    assertThat(stat("fetch_failures")).isEqualTo(1);
  }

  @Test
  void doesNotRepeatAFetchThatFailedAMomentAgo() {
    var first = parse(remote("p", 0));
    main().answer(503, "");
    plugins.settle();
    assertThat(refusal(first)).contains("answered with status 503");

    assertThat(refusal(parse(remote("p", 0)))).contains("answered with status 503");
    assertThat(main().calls()).hasSize(1);
    assertThat(stat("cache_negative_hits")).isEqualTo(1);

    plugins.advance(RemoteCode.FAILURE_LASTS.plusMillis(1));
    var later = parse(remote("p", 0));
    main().answer(200, WASM);
    plugins.settle();
    assertThat(accepted(later)).isTrue();
  }

  @Test
  void asksAnotherPlaceForWhatOneDoesNotHave() {
    var wrong = parse(remote("p", 0, false, "http://code.example/wrong.wasm"));
    main().answer(404, "");
    plugins.settle();
    assertThat(refusal(wrong)).contains("answered with status 404");

    var right = parse(remote("p", 0));
    assertThat(right).as("not refused for what the other place said").isNotDone();
    main().answer(200, WASM);
    plugins.settle();

    assertThat(accepted(right)).isTrue();
    assertThat(stat("cache_negative_hits")).isZero();
  }

  @Test
  void doesNotWaitForAnotherPlaceThatIsBeingAsked() {
    var slow = parse(remote("p", 0, false, "http://code.example/slow.wasm"));
    var right = parse(remote("p", 0));

    assertThat(main().underWay()).isEqualTo(2);
    main().answer(404, "");
    main().answer(200, WASM);
    plugins.settle();

    assertThat(refusal(slow)).contains("status 404");
    assertThat(accepted(right)).isTrue();
  }

  @Test
  void waitsForAClusterThatIsToComeAndNamesOneThatDoesNot() {
    main().empty(true);
    var soon = parse(remote("soon", 0));
    plugins.advance(java.time.Duration.ofSeconds(1));
    main().empty(false);
    plugins.advance(java.time.Duration.ofMillis(60));
    main().answer(200, "x");
    plugins.settle();
    assertThat(refusal(soon)).contains("SHA-256");

    plugins.advance(RemoteCode.FAILURE_LASTS.plusMillis(1));
    main().empty(true);
    var never = parse(remote("never", 0));
    for (int i = 0; i < 200; i++) {
      plugins.advance(java.time.Duration.ofMillis(60));
    }
    assertThat(refusal(never)).contains("(1 attempts): cluster 'users' is not defined");
  }

  @Test
  void refusesAtOnceWhatIsNotHereIfAskedToAndFetchesItForTheNextAttempt() {
    var first = parse(remote("p", 1, true));

    assertThat(refusal(first))
        .contains("its code is not here yet (nack_on_code_cache_miss)")
        .contains("http://code.example/m.wasm");
    main().answer(200, WASM);
    plugins.settle();
    assertThat(accepted(parse(remote("p", 1, true)))).isTrue();
    assertThat(main().calls()).hasSize(1);
  }

  @Test
  void refusesServicesOfTheBootstrapWhichStartBeforeThereAreClusters() throws Exception {
    var plugin = Wasm.parseFrom(remote("p", 0).getValue()).getConfig();

    var answer =
        new WasmServiceProvider(plugins.plugins)
            .parse(Any.pack(WasmService.newBuilder().setConfig(plugin).build()), TestPlugins.PLACE)
            .toCompletableFuture()
            .join();

    assertThat(answer.problems().getFirst().text())
        .endsWith(
            "config.vm_config.code.remote: a service of the bootstrap starts before there are"
                + " clusters to fetch by; use local.filename");
  }

  private FakeCallouts main() {
    return plugins.workers.getLast().callouts;
  }

  private long stat(String name) {
    return plugins.counter("wasm.remote_load_" + name);
  }

  private void fetch() {
    var configured = parse(remote("first", 1));
    main().answer(200, WASM);
    plugins.settle();
    assertThat(accepted(configured)).isTrue();
  }

  /// Digests are computed in the background; then the back-off passes.
  private void later() {
    plugins.settle();
    plugins.advance(java.time.Duration.ofMillis(20));
  }

  private CompletableFuture<Parsed<HttpFilterFactory>> parse(Any config) {
    var stage = plugins.provider.parse(config, TestPlugins.PLACE).toCompletableFuture();
    plugins.settle();
    return stage;
  }

  private static boolean accepted(CompletableFuture<Parsed<HttpFilterFactory>> answer) {
    assertThat(answer).isDone();
    assertThat(answer.join().problems()).isEmpty();
    return true;
  }

  private static String refusal(CompletableFuture<Parsed<HttpFilterFactory>> answer) {
    assertThat(answer).isDone();
    return answer.join().problems().getFirst().text();
  }

  private static Any remote(String name, int retries) {
    return remote(name, retries, false);
  }

  private static Any remote(String name, int retries, boolean refusedOnMiss) {
    return remote(name, retries, refusedOnMiss, "http://code.example/m.wasm");
  }

  private static Any remote(String name, int retries, boolean refusedOnMiss, String uri) {
    return TestPlugins.config(
        WASM,
        plugin -> {
          plugin.setName(name);
          plugin.getVmConfigBuilder().setNackOnCodeCacheMiss(refusedOnMiss);
          plugin
              .getVmConfigBuilder()
              .getCodeBuilder()
              .setRemote(
                  RemoteDataSource.newBuilder()
                      .setSha256(DIGEST)
                      .setHttpUri(
                          HttpUri.newBuilder()
                              .setUri(uri)
                              .setCluster("users")
                              .setTimeout(Duration.newBuilder().setSeconds(5)))
                      .setRetryPolicy(
                          RetryPolicy.newBuilder().setNumRetries(UInt32Value.of(retries))));
          return plugin;
        });
  }
}
