package dev.outrider.proxy.cli;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/// Where log lines go and how they look: `--log-path`, `--log-format`, `--log-format-escaped`.
final class LogOutput {
  private LogOutput() {}

  /// Takes the place of what `conf/logback.xml` says, if anything was asked for. Throws
  /// [UsageException] for a file that cannot be written or a format that means nothing.
  static void apply(ParseResult parsed) {
    var path = Flags.text(parsed, "--log-path");
    var format = Flags.text(parsed, "--log-format");
    boolean escaped = parsed.hasMatchedOption("--log-format-escaped");
    if (path == null && format == null && !escaped) {
      return;
    }
    var line = new LogLine(format == null ? LogLine.DEFAULT : format, escaped);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      replace(context, line, path);
    }
  }

  private static void replace(LoggerContext context, LogLine line, @Nullable String path) {
    var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
    line.setContext(context);
    line.start();
    encoder.setContext(context);
    encoder.setLayout(line);
    encoder.start();
    var appender = path == null ? console() : file(path);
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    if (!appender.isStarted()) {
      throw new UsageException("--log-path " + path + ": cannot be written");
    }
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(appender);
  }

  private static OutputStreamAppender<ILoggingEvent> console() {
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setTarget("System.err");
    return console;
  }

  private static OutputStreamAppender<ILoggingEvent> file(String path) {
    var file = new FileAppender<ILoggingEvent>();
    file.setFile(path);
    return file;
  }
}
