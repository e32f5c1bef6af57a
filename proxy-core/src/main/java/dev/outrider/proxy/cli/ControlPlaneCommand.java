package dev.outrider.proxy.cli;

import dev.outrider.proxy.controlplane.ServedFolder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `outrider control-plane DIR`: a folder of Envoy YAML over ADS, to try things with.
final class ControlPlaneCommand {
  private static final int PORT = 18_000;

  private ControlPlaneCommand() {}

  static CommandSpec spec() {
    var command =
        CommandSpec.create()
            .addPositional(
                PositionalParamSpec.builder()
                    .paramLabel("DIR")
                    .type(Path.class)
                    .required(false)
                    .description("Folder of files, each with `resources:` as Envoy reads them")
                    .build())
            .addOption(Flags.number("Port on loopback (default 18000; 0 = a free one)", "--port"))
            .addOption(Flags.text("Log level (default warning)", "-l", "--log-level"))
            .addOption(Flags.flag("Print this help and exit", "-h", "--help"));
    command
        .usageMessage()
        .description(
            "Serves a folder of YAML or JSON over ADS (state of the world, plain text, loopback),"
                + " and again whenever a file changes. For trying things and for a laptop: it knows"
                + " one configuration for everybody and keeps nothing.");
    return command;
  }

  static int run(ParseResult parsed, PrintStream out) {
    Path folder = parsed.matchedPositionalValue(0, null);
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UsageException(
          "control-plane needs a folder to serve" + (folder == null ? "" : ": " + folder));
    }
    LogLevels.apply(parsed.matchedOptionValue("-l", "warning"), null);
    int port = Flags.number(parsed, "--port", 0, 65_535, PORT);
    try (var served = ServedFolder.open(folder, port, out::println);
        var _ = OrderlyEnd.of(served::close, out)) {
      out.println(
          "serving %s over ADS at 127.0.0.1:%d; for trying things, not for production"
              .formatted(folder, served.port()));
      served.awaitClosed();
      return Main.OK;
    } catch (IOException e) {
      throw new UsageException("port " + port + " cannot be served: " + e.getMessage());
    }
  }
}
