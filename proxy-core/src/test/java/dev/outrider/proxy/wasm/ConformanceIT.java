package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.outrider.proxywasm.conformance.ConformanceMain;
import dev.outrider.proxywasm.conformance.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// The conformance suite of the ABI over the configuration: on Outrider, and on the Envoy whose
/// behaviour it states. What guests said stays in `target/conformance`.
class ConformanceIT {
  private static final Path FOLDER = Path.of("target/conformance");

  @Test
  void outriderPasses() throws IOException {
    assertThat(problems(Host.OUTRIDER, outrider())).isEmpty();
  }

  @Test
  void envoyDiffersOnlyWhereTheSuiteSaysSo() throws IOException {
    var envoy = envoy();
    assumeTrue(Files.isExecutable(envoy), "no Envoy at " + envoy + ": run .ci/prepare");

    assertThat(problems(Host.ENVOY, List.of(envoy.toString(), "--use-dynamic-base-id"))).isEmpty();
  }

  private static List<String> problems(Host host, List<String> command) throws IOException {
    var folder = Files.createDirectories(FOLDER.resolve(host.name().toLowerCase(Locale.ROOT)));
    return ConformanceMain.problems(
        host, command, folder, System.getProperty("outrider.conformance", ""));
  }

  private static Path envoy() {
    var cache = System.getenv("XDG_CACHE_HOME");
    return (cache == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache))
        .resolve("outrider/envoy-1.40.0/bin/envoy");
  }

  private static List<String> outrider() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx1g",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Dlogback.configurationFile=src/main/dist/conf/logback.xml",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.outrider.proxy.cli.Main");
  }
}
