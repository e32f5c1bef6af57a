package dev.outrider.proxy.cli;

import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.server.Loggers;
import dev.outrider.proxy.server.ServerOptions;
import dev.outrider.proxy.server.ServerOptions.AdminOptions;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.server.ServerOptions.NodeOverride;
import dev.outrider.proxy.xds.SchemaCheck.UnknownFields;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// Envoy's flags, by Envoy's names and defaults (`envoy --help`, 1.40).
final class Flags {
  /// A percent sign begins a format of picocli's.
  private static final String LOG_LINE = LogLine.DEFAULT.replace("%", "%%");

  private static final int DAY_SECONDS = 86_400;

  private Flags() {}

  /// Adds where the bootstrap comes from and what to do with it.
  static void addBootstrapFlags(CommandSpec command) {
    command
        .addOption(text("Bootstrap file: YAML or JSON, as Envoy reads it", "-c", "--config-path"))
        .addOption(text("Bootstrap text, merged over the file", "--config-yaml"))
        .addOption(
            text(
                "'serve' (default); 'validate': check the configuration and exit; 'init_only':"
                    + " start everything and exit",
                "--mode"))
        .addOption(
            flag(
                "Leave fields of the bootstrap out that do not exist",
                "--allow-unknown-static-fields",
                "--allow-unknown-fields"))
        .addOption(
            flag(
                "Refuse dynamic resources with fields that do not exist",
                "--reject-unknown-dynamic-fields"))
        .addOption(
            flag(
                "Do not count fields of dynamic resources that do not exist",
                "--ignore-unknown-dynamic-fields"));
  }

  /// Adds what every serving process takes.
  static void addProcessFlags(CommandSpec command) {
    command
        .addOption(number("Worker threads (default: one for each processor)", "--concurrency"))
        .addOption(
            text(
                "Level of all logs: " + Loggers.LEVEL_NAMES + " (default info)",
                "-l",
                "--log-level"))
        .addOption(
            text(
                "Levels of components, as in upstream:debug,config:trace", "--component-log-level"))
        .addOption(
            text("File that gets the address of the admin interface", "--admin-address-path"))
        .addOption(
            flag("Admin interface: refuse what would change the server", "--admin-read-only"))
        .addOption(number("Seconds that draining may take (default 600)", "--drain-time-s"))
        .addOption(
            text(
                "How connections of a listener that goes end: 'gradual' (default), 'immediate'",
                "--drain-strategy"))
        .addOption(
            number(
                "Milliseconds between flushes of access logs (default 10000)",
                "--file-flush-interval-msec"))
        .addOption(text("Cluster of this node, instead of the bootstrap's", "--service-cluster"))
        .addOption(text("Id of this node, instead of the bootstrap's", "--service-node"))
        .addOption(text("Zone of this node, instead of the bootstrap's", "--service-zone"))
        .addOption(text("File that gets the log instead of standard error", "--log-path"))
        .addOption(
            text("Shape of a log line, by spdlog's flags (" + LOG_LINE + ")", "--log-format"))
        .addOption(flag("Write line ends in messages as \\n", "--log-format-escaped"))
        .addOption(
            number(
                "More than 0: share the ports with the process that this one takes over from"
                    + " (default 0)",
                "--restart-epoch"))
        .addOption(
            number(
                "Process to take over from: shares its ports, and ends it in order as soon as this"
                    + " one serves",
                "--take-over"))
        .addOption(flag("Print the version of the hand-over and exit", "--hot-restart-version"));
    ForeignFlag.addTo(command);
  }

  /// Reads the process flags of a parsed command. Throws [UsageException] for a value out of range.
  static ServerOptions read(ParseResult parsed, BootstrapSource bootstrap) {
    ForeignFlag.refuse(parsed);
    var defaults = ServerOptions.of(bootstrap);
    return new ServerOptions(
        bootstrap,
        concurrency(parsed),
        drain(parsed, defaults.drain()),
        Duration.ofMillis(
            number(
                parsed,
                "--file-flush-interval-msec",
                1,
                DAY_SECONDS * 1000,
                (int) defaults.fileFlushInterval().toMillis())),
        new NodeOverride(
            text(parsed, "--service-node"),
            text(parsed, "--service-cluster"),
            text(parsed, "--service-zone")),
        compiledModules(),
        admin(parsed),
        unknownFields(parsed),
        number(
            parsed,
            "--restart-epoch",
            0,
            Integer.MAX_VALUE,
            parsed.hasMatchedOption("--take-over") ? 1 : 0),
        ShownOptions.of(parsed));
  }

  private static UnknownFields unknownFields(ParseResult parsed) {
    return new UnknownFields(
        !parsed.hasMatchedOption("--allow-unknown-static-fields"),
        parsed.hasMatchedOption("--reject-unknown-dynamic-fields"),
        !parsed.hasMatchedOption("--ignore-unknown-dynamic-fields"));
  }

  private static AdminOptions admin(ParseResult parsed) {
    var path = text(parsed, "--admin-address-path");
    return new AdminOptions(
        path == null ? null : Path.of(path), parsed.hasMatchedOption("--admin-read-only"));
  }

  private static DrainOptions drain(ParseResult parsed, DrainOptions defaults) {
    var seconds = (int) defaults.time().toSeconds();
    var strategy = text(parsed, "--drain-strategy");
    return new DrainOptions(
        Duration.ofSeconds(number(parsed, "--drain-time-s", 0, DAY_SECONDS, seconds)),
        switch (strategy) {
          case null -> defaults.strategy();
          case "gradual" -> DrainOptions.Strategy.GRADUAL;
          case "immediate" -> DrainOptions.Strategy.IMMEDIATE;
          default ->
              throw new UsageException(
                  "--drain-strategy " + strategy + ": must be gradual or immediate");
        });
  }

  /// The launcher's folder for compiled modules; null without the launcher.
  static @Nullable Path compiledModules() {
    var folder = System.getProperty("outrider.modules");
    return folder == null ? null : Path.of(folder);
  }

  /// The number of workers.
  static int concurrency(ParseResult parsed) {
    return number(parsed, "--concurrency", 1, 1024, Runtime.getRuntime().availableProcessors());
  }

  /// The bootstrap that `-c` and `--config-yaml` name. Throws [UsageException] if neither was
  /// given.
  static BootstrapSource readBootstrap(ParseResult parsed) {
    var path = text(parsed, "-c");
    var yaml = text(parsed, "--config-yaml");
    if (path == null && yaml == null) {
      throw new UsageException(
          "no configuration: give a bootstrap with -c FILE, or start a sidecar with 'outrider run"
              + " --listen 8080 --to HOST:PORT'");
    }
    return new BootstrapSource(path == null ? null : Path.of(path), yaml);
  }

  static @Nullable String text(ParseResult parsed, String flag) {
    return parsed.matchedOptionValue(flag, (@Nullable String) null);
  }

  /// Throws [UsageException] for a value out of range.
  static int number(ParseResult parsed, String flag, int least, int most, int fallback) {
    int value = parsed.matchedOptionValue(flag, fallback);
    if (value < least || value > most) {
      throw new UsageException(flag + " " + value + ": must be between " + least + " and " + most);
    }
    return value;
  }

  static OptionSpec text(String description, String... names) {
    return OptionSpec.builder(names)
        .type(String.class)
        .paramLabel("<text>")
        .description(description)
        .build();
  }

  static OptionSpec number(String description, String name) {
    return OptionSpec.builder(name)
        .type(Integer.class)
        .paramLabel("<n>")
        .description(description)
        .build();
  }

  static OptionSpec flag(String description, String... names) {
    return OptionSpec.builder(names).description(description).build();
  }
}
