package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.outrider.proxy.worker.ScriptedUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/// h2spec: 145 cases of RFC 7540 and 7541 against the server side, without TLS. Where it and Envoy
/// differ, h2spec is right.
class Http2SpecIT {
  private static final Path ARCHIVE = Path.of("target/h2spec/2.2.0/h2spec_linux_amd64.tar.gz");
  private static final Pattern RESULT =
      Pattern.compile("(\\d+) tests, (\\d+) passed, (\\d+) skipped, (\\d+) failed");

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void conforms(TestReporter reporter) throws Exception {
    assumeTrue(runsHere(), "h2spec is published for Linux on amd64 only");
    var h2spec = unpacked();
    try (var upstream = new ScriptedUpstream();
        var server = TestServer.start(bootstrap(upstream))) {
      var report =
          run(
              h2spec.toString(),
              "-h",
              "127.0.0.1",
              "-p",
              "" + server.port(),
              "-o",
              "5",
              "-P",
              "/bytes/400");

      var result = RESULT.matcher(report);
      assertThat(result.find()).as(report).isTrue();
      reporter.publishEntry("h2spec", result.group());
      assertThat(Integer.parseInt(result.group(4))).as(report).isZero();
      assertThat(Integer.parseInt(result.group(2))).as(report).isGreaterThan(140);
    }
  }

  private static TestBootstrap bootstrap(ScriptedUpstream upstream) {
    return TestBootstrap.create().service("/", "svc", upstream.port());
  }

  private static boolean runsHere() {
    return System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64");
  }

  private static Path unpacked() throws IOException, InterruptedException {
    var folder = ARCHIVE.resolveSibling("bin");
    Files.createDirectories(folder);
    run("tar", "xzf", ARCHIVE.toString(), "-C", folder.toString());
    return folder.resolve("h2spec");
  }

  private static String run(String... command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var out = process.getInputStream()) {
      var text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return text;
    } finally {
      process.destroyForcibly();
    }
  }
}
