package dev.outrider.proxy.cli;

import dev.outrider.proxy.demo.Demo;
import dev.outrider.proxy.demo.Sabotage;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `outrider demo`: everything in one process, to play with or to be toured.
final class DemoCommand {
  private DemoCommand() {}

  static CommandSpec spec() {
    var demo =
        CommandSpec.create()
            .addOption(
                Flags.number(
                    "Port of the proxy (default 10000, or a free one with --tour)", "--port"))
            .addOption(
                Flags.flag(
                    "Drive the demo, compare what is seen with what is expected, and exit",
                    "--tour"))
            .addOption(Flags.flag("Print this help and exit", "-h", "--help"));
    demo.usageMessage()
        .description(
            "Starts two services, a control plane and a proxy with three Wasm filters, and prints"
                + " what to try.");
    Flags.addProcessFlags(demo);
    return demo;
  }

  static int run(ParseResult parsed, PrintStream out) {
    boolean tour = parsed.hasMatchedOption("--tour");
    LogLevels.apply(
        parsed.matchedOptionValue("-l", tour ? "error" : "info"),
        Flags.text(parsed, "--component-log-level"));
    int port = Flags.number(parsed, "--port", 0, 65_535, tour ? 0 : 10_000);
    try (var demo =
        Demo.start(
            new Demo.Spec(filters(), Flags.compiledModules(), port, Flags.concurrency(parsed)),
            Sabotage.NONE)) {
      if (tour) {
        return tour(demo, out);
      }
      try (var _ = OrderlyEnd.of(demo::close, out)) {
        demo.describe(out);
        demo.awaitStopped();
      }
      return Main.OK;
    }
  }

  /// The exit status of a tour.
  static int tour(Demo demo, PrintStream out) {
    return demo.tour(out) ? Main.OK : Main.FAILED;
  }

  /// The example filters, below the folder that the launcher names.
  private static Path filters() {
    var filters = Path.of(System.getProperty("outrider.home", ".")).resolve("filters-examples");
    if (!Files.isDirectory(filters)) {
      throw new UsageException(
          "the demo needs the example filters and there is no folder " + filters);
    }
    return filters.toAbsolutePath().normalize();
  }
}
