package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A layer of the runtime that is a resource in a file.
@Timeout(60)
class RuntimeFileIT {
  private static final String ANSWER =
      "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: served } } }";

  @TempDir Path folder;

  private void layer(String version, String fields) throws IOException {
    var text =
        """
        version_info: "%s"
        resources:
        - "@type": type.googleapis.com/envoy.service.runtime.v3.Runtime
          name: mine
          layer: { %s }
        """
            .formatted(version, fields);
    Files.writeString(folder.resolve("next.tmp"), text);
    Files.move(
        folder.resolve("next.tmp"),
        folder.resolve("rtds.yaml"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  private String bootstrap() {
    return TestBootstrap.create().route(ANSWER).yaml()
        + """

        layered_runtime:
          layers:
          - name: ours
            rtds_layer:
              name: mine
              rtds_config:
                resource_api_version: V3
                path_config_source: { path: "%s" }
        """
            .formatted(folder.resolve("rtds.yaml"));
  }

  @Test
  void isThereFromTheStartAndFollowsItsFile() throws Exception {
    layer("1", "a.b: 5");
    try (var server = TestServer.start(bootstrap(), 1)) {
      assertThat(server.get("/").body()).isEqualTo("served");
      assertThat(server.admin("/runtime").body()).contains("\"a.b\"").contains("\"5\"");

      layer("2", "a.b: 6");
      assertThat(
              Eventually.get(() -> server.admin("/runtime").body(), body -> body.contains("\"6\"")))
          .contains("\"6\"");

      layer("3", "a.b: []");
      assertThat(Eventually.get(() -> server.stat("runtime.update_rejected"), count -> count > 0))
          .isEqualTo(1);
      assertThat(server.admin("/runtime").body()).contains("\"6\"");
    }
  }

  @Test
  void isNotWaitedForIfThereIsNoFile() throws Exception {
    try (var server = TestServer.start(bootstrap(), 1)) {
      assertThat(server.get("/").body()).isEqualTo("served");
      assertThat(server.stat("runtime.update_failure")).isEqualTo(1);
    }
  }
}
