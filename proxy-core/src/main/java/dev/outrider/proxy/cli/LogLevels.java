package dev.outrider.proxy.cli;

import dev.outrider.proxy.server.Loggers;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies `-l` and `--component-log-level`: Envoy's level names and component names to loggers.
final class LogLevels {
  private LogLevels() {}

  /// @param all level of everything; null leaves the configured one
  /// @param components `name:level,name:level`; null or empty for none
  static void apply(@Nullable String all, @Nullable String components) {
    var levels = new TreeMap<String, String>();
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
    levels.forEach(Loggers::set);
    var silent = new TreeSet<>(levels.keySet());
    silent.remove(Logger.ROOT_LOGGER_NAME);
    silent.removeAll(Loggers.COMPONENTS);
    if (!silent.isEmpty()) {
      LoggerFactory.getLogger("main")
          .info(
              "nothing logs as {}; the components are {}",
              silent,
              new TreeSet<>(Loggers.COMPONENTS));
    }
  }

  private static String level(String flag, String name) {
    var level = name.strip();
    if (!Loggers.knows(level)) {
      throw new UsageException(flag + " " + name + ": the levels are " + Loggers.LEVEL_NAMES);
    }
    return level;
  }
}
