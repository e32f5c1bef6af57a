package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/// Properties as guests read, set and share them. What attributes there are, and how they look, is
/// in AttributeReaderTest.
class PropertiesTest {
  private final TestPlugins plugins = new TestPlugins();
  private final Probe probe = new Probe(plugins);

  @AfterEach
  void close() {
    plugins.close();
  }

  private static byte[] kept(TestStream stream, String name) {
    var entry = stream.info().filterState().get(name);
    return entry == null ? new byte[0] : entry.value();
  }

  @ParameterizedTest
  @CsvSource({
    "request/method,0",
    "request/headers/:path,0",
    "request,3",
    "'',3",
    "request/duration,1",
    "nosuch,1",
    "connection/tls_version,1",
    "response/headers,0",
    "plugin_name,0",
    "xds/node,0",
    "node/id,0"
  })
  void answersWithTheStatusesOfEnvoy(String path, int status) {
    try (var stream = probe.stream()) {
      assertThat(probe.property(stream, path).status()).isEqualTo(status);
    }
  }

  @Test
  void keepsWhatIsSetAsFilterStateUnderWasm() {
    try (var stream = probe.stream()) {
      assertThat(probe.setProperty(stream, "user", "alice")).isZero();

      assertThat(kept(stream, "wasm.user")).isEqualTo("alice".getBytes(UTF_8));
    }
  }

  @Test
  void readsBackWhatHasOneSegment() {
    try (var stream = probe.stream()) {
      stream
          .info()
          .filterState()
          .set(
              new FilterState.Entry(
                  "wasm.user".getBytes(UTF_8), "alice".getBytes(UTF_8), FilterState.Shape.DEFAULT));
      assertThat(probe.property(stream, "user").text()).isEqualTo("alice");
    }
  }

  /// Envoy keeps it too, and does not find it again.
  @Test
  void keepsAPathOfManySegmentsButDoesNotReadItBack() {
    try (var stream = probe.stream()) {
      assertThat(probe.setProperty(stream, "a/b", "x")).isZero();
      assertThat(kept(stream, "wasm.a\0b")).isEqualTo("x".getBytes(UTF_8));
    }
    try (var stream = probe.stream()) {
      stream
          .info()
          .filterState()
          .set(
              new FilterState.Entry(
                  "wasm.a\0b".getBytes(UTF_8), new byte[1], FilterState.Shape.DEFAULT));
      assertThat(probe.property(stream, "a/b").status()).isEqualTo(1);
    }
  }

  @Test
  void cannotHideAnAttribute() {
    try (var stream = probe.stream()) {
      assertThat(probe.setProperty(stream, "plugin_name", "other")).isZero();
    }
    try (var stream = probe.stream()) {
      stream
          .info()
          .filterState()
          .set(
              new FilterState.Entry(
                  "wasm.plugin_name".getBytes(UTF_8), new byte[1], FilterState.Shape.DEFAULT));
      assertThat(probe.property(stream, "plugin_name").text()).isEqualTo("p0");
    }
  }

  @Test
  void ofARootContextCannotBeSetAndAreFew() {
    var guest =
        Wat.guest()
            .data(1000, "user")
            .data(1010, "request\\00path")
            .data(1030, "plugin_root_id")
            .onConfigure(
                Wat.report("proxy_set_property", 1000, 4, 1000, 4)
                    + Wat.report("proxy_get_property", 1010, 12, 100, 104)
                    + Wat.report("proxy_get_property", 1030, 14, 100, 104)
                    + Wat.show(100, 104));

    plugins.start(TestPlugins.config(guest.wasm()));

    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: 1",
            "INFO wasm log p0 r0 vm: 1",
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: r0");
  }

  @Test
  void areSharedByPluginsOfDifferentVms() {
    var writer =
        Wat.guest()
            .data(1000, "user")
            .data(1010, "alice")
            .onRequestHeaders(Wat.report("proxy_set_property", 1000, 4, 1010, 5))
            .wasm();
    var reader =
        Wat.guest()
            .data(1000, "user")
            .onRequestHeaders(
                "(drop "
                    + Wat.call("proxy_get_property", 1000, 4, 100, 104)
                    + ")"
                    + Wat.show(100, 104))
            .wasm();
    var first = plugins.start(TestPlugins.config(writer, plugin -> plugin.setName("writer")));
    var second = plugins.start(TestPlugins.config(reader, plugin -> plugin.setName("reader")));

    try (var stream = plugins.stream(first, second).get()) {
      assertThat(plugins.log())
          .containsExactly("INFO wasm log writer r0 vm: 0", "INFO wasm log reader r0 vm: alice");
      assertThat(kept(stream, "wasm.user")).as("for other filters and the log").isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"TRACE,0", "DEBUG,1", "INFO,2", "WARN,3", "ERROR,4", "OFF,6"})
  void tellsTheLevelOfTheLog(String level, int number) {
    var logger = (Logger) LoggerFactory.getLogger("wasm");
    var guest =
        Wat.guest()
            .data(1000, "level")
            .onRequestHeaders(
                "(drop "
                    + Wat.call("proxy_get_log_level", 100)
                    + ") (drop "
                    + Wat.call("proxy_set_property", 1000, 5, 100, 4)
                    + ")");
    var filter = plugins.start(TestPlugins.config(guest.wasm()));
    logger.setLevel(Level.valueOf(level));

    try (var stream = plugins.stream(filter).get()) {
      assertThat(kept(stream, "wasm.level")).containsExactly(number, 0, 0, 0);
    } finally {
      logger.setLevel(Level.INFO);
    }
  }
}
