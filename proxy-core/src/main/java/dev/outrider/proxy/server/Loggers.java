package dev.outrider.proxy.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.FileAppender;
import dev.outrider.proxy.accesslog.LogFiles;
import dev.outrider.proxy.admin.LogControl;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.slf4j.LoggerFactory;

/// The levels of the components that log, by Envoy's names for both.
///
/// A logger is named after Envoy's component (`upstream`, `wasm`, ...), so that log lines and flags
/// read as in Envoy. Any thread.
public final class Loggers implements LogControl {
  /// Envoy's levels, from the noisiest to none.
  public static final String LEVEL_NAMES = "trace debug info warning error critical off";

  /// The components that log here.
  public static final Set<String> COMPONENTS =
      Set.of(
          "admin",
          "client",
          "config",
          "conn_handler",
          "connection",
          "controlplane",
          "expression",
          "file",
          "http",
          "main",
          "secret",
          "upstream",
          "wasm");

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

  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("main");

  private final LogFiles files;
  private final Executor background;

  /// @param background opens files
  Loggers(LogFiles files, Executor background) {
    this.files = files;
    this.background = background;
  }

  /// Whether this is the name of a level, in any case.
  public static boolean knows(String level) {
    return LEVELS.containsKey(level.toLowerCase(Locale.ROOT));
  }

  /// Sets the level of one logger, whether or not anything logs by that name.
  public static void set(String logger, String level) {
    if (LoggerFactory.getLogger(logger) instanceof Logger target) {
      target.setLevel(LEVELS.get(level.toLowerCase(Locale.ROOT)));
    }
  }

  /// Sets the level of everything that has none of its own.
  public static void setRoot(String level) {
    set(org.slf4j.Logger.ROOT_LOGGER_NAME, level);
  }

  /// The level of a logger, by Envoy's name.
  public static String level(String logger) {
    if (!(LoggerFactory.getLogger(logger) instanceof Logger target)) {
      return "info";
    }
    var level = target.getEffectiveLevel();
    return level == Level.WARN ? "warning" : level.toString().toLowerCase(Locale.ROOT);
  }

  @Override
  public SortedMap<String, String> levels() {
    var levels = new TreeMap<String, String>();
    COMPONENTS.forEach(component -> levels.put(component, level(component)));
    return levels;
  }

  @Override
  public boolean isLevel(String level) {
    return LEVELS.containsKey(level);
  }

  @Override
  public void setLevel(String component, String level) {
    set(component, level);
  }

  @Override
  public void setAllLevels(String level) {
    setRoot(level);
    COMPONENTS.forEach(component -> set(component, level));
  }

  @Override
  public void reopenFiles() {
    files.reopen();
    if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      background.execute(() -> root.iteratorForAppenders().forEachRemaining(Loggers::reopen));
    }
  }

  /// Of `--log-path`. No line is lost: the old file takes them until there is the new one.
  private static void reopen(Appender<ILoggingEvent> appender) {
    if (appender instanceof FileAppender<ILoggingEvent> file) {
      try {
        file.openFile(file.getFile());
      } catch (IOException e) {
        LOG.warn(
            "log '{}' cannot be opened again, and goes on where it was: {}",
            file.getFile(),
            e.getMessage());
      }
    }
  }
}
