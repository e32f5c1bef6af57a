package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A guest that comes by itself: its module, its configuration and itself change while a client is
/// served over one connection.
@Timeout(60)
class ExtensionDiscoveryIT {
  private static final String ANSWER =
      "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: served } } }";

  @TempDir Path folder;

  /// One that answers with a status of its own, which is its configuration's length plus that.
  private String guest(String name, int status) throws IOException {
    var wasm =
        Wat.guest()
            .with("(global $size (mut i32) (i32.const 0))")
            .onConfigure("(global.set $size (local.get 1))")
            .onRequestHeaders(
                "(drop (call $proxy_send_local_response (i32.add (i32.const %d) (global.get $size))"
                        .formatted(status)
                    + " (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)"
                    + " (i32.const 0) (i32.const -1)))")
            .wasm();
    return Files.write(folder.resolve(name), wasm).toString();
  }

  private void extension(String version, String module, String configuration) throws IOException {
    move(
        """
        version_info: "%s"
        resources:
        - "@type": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
          name: plugin
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
            config:
              name: plugin
              vm_config: { runtime: envoy.wasm.runtime.v8, code: { local: { filename: "%s" } } }
              configuration:
                "@type": type.googleapis.com/google.protobuf.StringValue
                value: "%s"
        """
            .formatted(version, module, configuration));
  }

  private void move(String text) throws IOException {
    Files.writeString(folder.resolve("next.tmp"), text);
    Files.move(
        folder.resolve("next.tmp"),
        folder.resolve("ecds.yaml"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void aGuestChangesWhileItsConnectionIsServed() throws Exception { // X26
    extension("1", guest("one.wasm", 210), "");
    var bootstrap =
        TestBootstrap.create()
            .route(ANSWER)
            .filter(
                """
                - name: plugin
                  config_discovery:
                    type_urls: [type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm]
                    config_source:
                      resource_api_version: V3
                      path_config_source: { path: "%s" }
                """
                    .formatted(folder.resolve("ecds.yaml")));
    try (var server = TestServer.start(bootstrap.yaml(), 2);
        var client = server.client()) {
      assertThat(client.get("/").read().code()).isEqualTo(210);

      extension("2", folder.resolve("one.wasm").toString(), "abc");
      assertThat(Eventually.get(() -> client.get("/").read().code(), code -> code != 210))
          .isEqualTo(213);

      extension("3", guest("two.wasm", 220), "a");
      assertThat(Eventually.get(() -> client.get("/").read().code(), code -> code != 213))
          .isEqualTo(221);

      extension("4", folder.resolve("nothing.wasm").toString(), "");
      assertThat(
              Eventually.get(
                  () -> server.stat("extension_config_discovery.http_filter.plugin.config_fail"),
                  count -> count > 0))
          .isEqualTo(1);
      assertThat(client.get("/").read().code()).as("what was there before").isEqualTo(221);
      assertThat(server.admin("/config_dump?resource=ecds_filters").body())
          .contains("\"version_info\": \"3\"")
          .contains("two.wasm");
      assertThat(server.stat("http.test.downstream_cx_total")).isEqualTo(1);
    }
  }
}
