package dev.outrider.proxy.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.wabt.Wat2Wasm;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.controlplane.AdsServer;
import dev.outrider.proxy.controlplane.Answer;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A proxy that takes its listener from a control plane: a listener whose filter cannot run is
/// refused with a sentence, and the last good one serves on.
class DynamicConfigIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String ANSWER =
      "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: %s } } }";

  @TempDir Path folder;
  private final ConfigReader reader = new ConfigReader(Schema.load());
  private AdsServer controlPlane;
  private TestServer server;
  private int version;

  @BeforeEach
  void start() throws Exception {
    controlPlane = new AdsServer(0);
    push(TestBootstrap.create().route(ANSWER.formatted("first")));
    server = TestServer.start(TestBootstrap.overAds(controlPlane.port(), "lds"), 1);
    assertThat(answer().accepted()).isTrue();
  }

  @AfterEach
  void stop() {
    server.close();
    controlPlane.close();
  }

  @Test
  void keepsTheLastGoodListenerWhenAModuleCannotRun() throws Exception {
    var bad = new LinkedHashMap<Path, String>();
    bad.put(Path.of("/no/such.wasm"), "Invalid path: /no/such.wasm");
    bad.put(file("text", "#!/bin/sh\n".getBytes(UTF_8)), "it is not a WebAssembly module");
    bad.put(
        file("plain", Wat2Wasm.parse("(module (memory (export \"memory\") 1))")),
        "Missing or unknown Proxy-Wasm ABI version");
    bad.put(
        file("command", Wat.guest().on("_start", ":", "(call $proc_exit (i32.const 0))").wasm()),
        "the module was built as a command");
    bad.put(
        file("trap", Wat.guest().on("_initialize", ":", "(unreachable)").wasm()),
        "Function: _initialize failed: ");

    for (var module : bad.entrySet()) {
      push(TestBootstrap.create().route(ANSWER.formatted("second")).wasm("p", module.getKey(), ""));

      var answer = answer();
      assertThat(answer.accepted()).isFalse();
      assertThat(answer.error()).contains("main").contains(module.getValue());
      assertThat(server.get("/").body()).isEqualTo("first");
    }
    assertThat(server.stat("listener_manager.lds.update_rejected")).isEqualTo(bad.size());
    assertThat(server.admin("/config_dump?resource=dynamic_listeners").body())
        .contains("\"version_info\": \"1\"");
  }

  @Test
  void keepsTheLastGoodListenerWhenItsCodeCannotBeFetched() throws Exception {
    var filter =
        """
        - name: p
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
            config:
              name: p
              vm_config:
                code:
                  remote:
                    http_uri: { uri: "http://a/b", cluster: nowhere, timeout: 0.1s }
                    sha256: %s
                    retry_policy: { num_retries: 0 }
        """
            .formatted("ab".repeat(32));

    push(TestBootstrap.create().route(ANSWER.formatted("second")).filter(filter));

    var answer = answer();
    assertThat(answer.accepted()).isFalse();
    assertThat(answer.error())
        .contains("Unable to create Wasm plugin p: its code cannot be fetched from http://a/b")
        .contains("cluster 'nowhere' is not defined");
    assertThat(server.get("/").body()).isEqualTo("first");
  }

  @Test
  void countsTheConnectionToTheControlPlaneInItsCluster() throws Exception {
    assertThat(server.stat("cluster.xds.upstream_cx_total")).isEqualTo(1);
    assertThat(server.stat("cluster.xds.upstream_cx_active")).isEqualTo(1);
    assertThat(server.stat("cluster.xds.upstream_cx_http2_total")).isEqualTo(1);
    assertThat(server.stat("cluster.xds.upstream_rq_active")).isEqualTo(1);

    controlPlane.close();

    assertThat(
            Eventually.get(() -> server.stat("cluster.xds.upstream_cx_connect_fail"), n -> n > 0))
        .isPositive();
    assertThat(server.stat("cluster.xds.upstream_cx_destroy_remote")).isEqualTo(1);
    assertThat(server.stat("cluster.xds.upstream_cx_active")).isZero();
    assertThat(server.get("/").body()).isEqualTo("first");
  }

  @Test
  void takesAListenerThatIsGoodAgain() throws Exception {
    int port = server.port();
    push(
        TestBootstrap.create().route(ANSWER.formatted("second")).wasm("p", Path.of("no.wasm"), ""));
    assertThat(answer().accepted()).isFalse();
    assertThat(server.admin("/config_dump?resource=dynamic_listeners").body())
        .containsSubsequence(
            "\"active_state\"",
            "\"error_state\"",
            "\"last_update_attempt\"",
            "\"details\":",
            "no.wasm",
            "\"version_info\": \"2\"",
            "\"client_status\": \"NACKED\"");

    push(TestBootstrap.create().route(ANSWER.formatted("third")));

    assertThat(answer().accepted()).isTrue();
    assertThat(server.admin("/config_dump?resource=dynamic_listeners").body())
        .doesNotContain("error_state");
    assertThat(firstOtherThan("first")).isEqualTo("third");
    assertThat(server.port()).isEqualTo(port);
  }

  @Test
  void refusesAFilterTypeItDoesNotKnowAsEnvoyDoes() throws Exception {
    var filter =
        """
        - name: p
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
        """;

    push(TestBootstrap.create().route(ANSWER.formatted("second")).filter(filter));

    assertThat(answer().error())
        .contains(
            "Didn't find a registered implementation for 'p' with type URL:"
                + " 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'");
    assertThat(server.get("/").body()).isEqualTo("first");
  }

  /// The control plane may hear of a change a moment before the last worker has it.
  private String firstOtherThan(String old) throws IOException {
    var body = old;
    for (int i = 0; i < 10_000 && body.equals(old); i++) {
      body = server.get("/").body();
    }
    return body;
  }

  private Path file(String name, byte[] module) throws IOException {
    return Files.write(folder.resolve(name + ".wasm"), module);
  }

  private void push(TestBootstrap parts) {
    var type = "envoy.config.listener.v3.Listener";
    switch (reader.read(ConfigText.yaml("listener", parts.listener()), type)) {
      case Parsed.Valid<byte[]>(var wire) ->
          controlPlane.pushPacked(
              ResourceKind.LISTENER,
              Integer.toString(++version),
              Map.of(
                  "main",
                  Any.newBuilder()
                      .setTypeUrl("type.googleapis.com/" + type)
                      .setValue(ByteString.copyFrom(wire))
                      .build()));
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(problems);
    }
  }

  private Answer answer() throws InterruptedException {
    return controlPlane
        .awaitAnswer(ResourceKind.LISTENER, Integer.toString(version), PATIENCE)
        .orElseThrow();
  }
}
