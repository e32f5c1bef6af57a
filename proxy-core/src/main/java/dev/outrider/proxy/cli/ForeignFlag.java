package dev.outrider.proxy.cli;

import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// A flag of Envoy's that has nothing to act on here.
///
/// @param takes whether a value follows it
/// @param refused whether the process would do something else than was asked without it
/// @param why what there is instead
record ForeignFlag(String name, boolean takes, boolean refused, String why) {
  private static final String NO_HOT_RESTART =
      "processes hand over by --take-over, without shared memory";

  private static final List<ForeignFlag> ALL =
      List.of(
          idle("--base-id", true, NO_HOT_RESTART),
          idle("--use-dynamic-base-id", false, NO_HOT_RESTART),
          refused("--base-id-path", "no base id is chosen"),
          idle("--disable-hot-restart", false, NO_HOT_RESTART),
          idle("--skip-hot-restart-on-no-parent", false, NO_HOT_RESTART),
          idle("--skip-hot-restart-parent-stats", false, NO_HOT_RESTART),
          idle("--socket-path", true, NO_HOT_RESTART),
          idle("--socket-mode", true, NO_HOT_RESTART),
          idle("--parent-shutdown-time-s", true, "the parent is ended by whoever started it"),
          idle("--cpuset-threads", false, "the default is the number of usable processors anyway"),
          idle("--local-address-ip-version", true, "no address of its own is announced"),
          idle("--file-flush-min-size-kb", true, "access logs are written at 64 KiB"),
          idle("--skip-deprecated-logs", false, "deprecated fields are not logged"),
          idle("--log-stacktrace-single-entry", false, "a stack is one entry"),
          idle("--enable-core-dump", false, "the system decides: ulimit -c"),
          refused("--enable-fine-grain-logging", "components have levels, files do not"),
          refused("--enable-mutex-tracing", "there are no locks to trace: use /cpuprofiler"),
          refused("--disable-extensions", "extensions cannot be taken away"),
          refused("--stats-tag", "use stats_config.stats_tags"));

  private static ForeignFlag idle(String name, boolean takes, String why) {
    return new ForeignFlag(name, takes, false, why);
  }

  private static ForeignFlag refused(String name, String why) {
    return new ForeignFlag(name, !name.startsWith("--enable"), true, why);
  }

  static void addTo(CommandSpec command) {
    for (var flag : ALL) {
      var text = (flag.refused ? "Refused: " : "Accepted without effect: ") + flag.why;
      command.addOption(flag.takes ? Flags.text(text, flag.name) : Flags.flag(text, flag.name));
    }
  }

  /// Throws [UsageException] for one that would be missed.
  static void refuse(ParseResult parsed) {
    for (var flag : ALL) {
      if (flag.refused && parsed.hasMatchedOption(flag.name)) {
        throw new UsageException(flag.name + " is not supported: " + flag.why);
      }
    }
  }

  static void tell(ParseResult parsed) {
    for (var flag : ALL) {
      if (!flag.refused && parsed.hasMatchedOption(flag.name)) {
        LoggerFactory.getLogger("main")
            .info("{} is accepted and has no effect: {}", flag.name, flag.why);
      }
    }
  }
}
