package dev.outrider.proxy.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// Applies `-l` and `--component-log-level`: Envoy's level names and component names to loggers.
///
/// A logger is named after Envoy's component (`upstream`, `wasm`, ...), so that log lines and flags
/// read as in Envoy.
final class LogLevels {
  static final String NAMES = "trace debug info warning error critical off";

  /// The components that log here.
  static final Set<String> COMPONENTS =
      Set.of(
          "admin", "client", "config", "controlplane", "file", "http", "main", "upstream", "wasm");

  private static final Map<String, Level> LEVELS =
      Map.of(
          "trace", Level.TRACE,
          "debug", Level.DEBUG,
          "info", Level.INFO,
          "warning", Level.WARN,
          "warn", Level.WARN,
          "error", Level.ERROR,
          "critical", Level.ERROR,
          "off", Level.OFF);

  private LogLevels() {}

  /// @param all level of everything; null leaves the configured one
  /// @param components `name:level,name:level`; null or empty for none
  static void apply(@Nullable String all, @Nullable String components) {
    var levels = new TreeMap<String, Level>();
    if (all != null) {
      levels.put(Logger.ROOT_LOGGER_NAME, level("-l", all));
    }
    if (components != null && !components.isBlank()) {
      for (var pair : components.split(",", -1)) {
        int colon = pair.indexOf(':');
        if (colon < 1) {
          throw new UsageException("--component-log-level " + pair + ": expected component:level");
        }
        levels.put(
            pair.substring(0, colon).strip(),
            level("--component-log-level", pair.substring(colon + 1)));
      }
    }
    levels.forEach(LogLevels::set);
    var silent = new TreeSet<>(levels.keySet());
    silent.remove(Logger.ROOT_LOGGER_NAME);
    silent.removeAll(COMPONENTS);
    if (!silent.isEmpty()) {
      LoggerFactory.getLogger("main")
          .info("nothing logs as {}; the components are {}", silent, new TreeSet<>(COMPONENTS));
    }
  }

  private static void set(String logger, Level level) {
    if (LoggerFactory.getLogger(logger) instanceof Logger target) {
      target.setLevel(level);
    }
  }

  private static Level level(String flag, String name) {
    var level = LEVELS.get(name.strip().toLowerCase(Locale.ROOT));
    if (level == null) {
      throw new UsageException(flag + " " + name + ": the levels are " + NAMES);
    }
    return level;
  }
}
