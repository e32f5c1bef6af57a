package dev.outrider.proxy.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.differential.Commands;
import dev.outrider.proxy.differential.Comparison;
import dev.outrider.proxy.differential.Listed;
import dev.outrider.proxy.tls.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One control plane, played to Envoy and to Outrider: both say the same, in the same order.
class ConversationIT {
  /// Where what was heard is left for a reader.
  private static final Path LEFT = Path.of("target", "conversations");

  @TempDir private Path certificates;

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "session, STATE_OF_THE_WORLD",
    "session, DELTA",
    "node, STATE_OF_THE_WORLD",
    "node, DELTA",
    "runtime, STATE_OF_THE_WORLD",
    "runtime, DELTA"
  })
  void saysWhatEnvoySays(String name, Protocol protocol) throws Exception {
    var commands = Commands.found();
    assumeTrue(
        commands.isPresent(),
        "no Envoy at " + Commands.envoyBinary() + " to compare with; .ci/prepare fetches one");
    var made = new TestCertificates(certificates);
    made.selfSigned("first", "/CN=first");
    made.selfSigned("second", "/CN=second");
    var script = Script.read(name, certificates);
    var folder = LEFT.resolve(name + "-" + protocol);
    try (var toEnvoy = new ScriptedPlane(protocol);
        var toOutrider = new ScriptedPlane(protocol);
        var _ = start(commands.get().envoy(), folder.resolve("envoy"), toEnvoy, script, protocol);
        var _ =
            start(
                commands.get().outrider(),
                folder.resolve("outrider"),
                toOutrider,
                script,
                protocol);
        var players = Executors.newVirtualThreadPerTaskExecutor()) {
      var envoy = CompletableFuture.supplyAsync(() -> play(toEnvoy, script), players);
      var outrider = CompletableFuture.supplyAsync(() -> play(toOutrider, script), players);
      leave(folder.resolve("envoy.txt"), envoy.join());
      leave(folder.resolve("outrider.txt"), outrider.join());

      var compared = Comparison.of(listed(name, protocol), envoy.join(), outrider.join());

      assertThat(compared.unlisted()).as("differences that nobody has accepted").isEmpty();
      assertThat(compared.stale()).as("accepted differences that are gone").isEmpty();
    }
  }

  private static PlayedProxy start(
      List<String> command, Path folder, ScriptedPlane plane, Script script, Protocol protocol)
      throws IOException {
    var apiType =
        switch (protocol) {
          case STATE_OF_THE_WORLD -> "GRPC";
          case DELTA -> "DELTA_GRPC";
        };
    return new PlayedProxy(command, folder, PlayedProxy.bootstrap(plane.port(), apiType, script));
  }

  private static Map<String, String> play(ScriptedPlane plane, Script script) {
    try {
      return plane.play(script);
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static void leave(Path file, Map<String, String> heard) throws IOException {
    var text = new StringBuilder();
    heard.forEach((turn, lines) -> text.append(turn).append('\n').append(lines.indent(2)));
    Files.writeString(file, text);
  }

  private static Map<String, Listed> listed(String script, Protocol protocol) throws IOException {
    var listed = new LinkedHashMap<String, Listed>();
    var file = Script.FOLDER.resolve(script + ".differs.yaml");
    if (Files.exists(file)) {
      var turns = Script.mapping(Script.load(Files.readString(file))).get(protocol.name());
      if (turns != null) {
        Script.mapping(turns)
            .forEach(
                (turn, each) -> {
                  var values = Script.mapping(each);
                  listed.put(
                      turn,
                      new Listed(
                          Script.text(values.get("envoy")).strip(),
                          Script.text(values.get("outrider")).strip(),
                          Script.text(values.get("why"))));
                });
      }
    }
    return listed;
  }
}
