package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import dev.outrider.proxy.accesslog.LogFiles;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LoggersTest {
  @TempDir private Path folder;
  private final LogFiles files = new LogFiles(Duration.ofSeconds(1), new MetricRegistry(1));
  private final ArrayDeque<Runnable> background = new ArrayDeque<>();
  private final Loggers loggers = new Loggers(files, background::add);
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final FileAppender<ILoggingEvent> appender = new FileAppender<>();

  @BeforeEach
  void logToAFile() {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    var lines = new PatternLayoutEncoder();
    lines.setContext(context);
    lines.setPattern("%msg%n");
    lines.start();
    appender.setContext(context);
    appender.setEncoder(lines);
    appender.setFile(log().toString());
    appender.start();
    root.addAppender(appender);
  }

  @AfterEach
  void logAsBefore() {
    root.detachAppender(appender);
    appender.stop();
    files.close();
  }

  private Path log() {
    return folder.resolve("log");
  }

  @Test
  void opensTheLogAgainInTheBackgroundAndLosesNoLine() throws IOException {
    root.error("first");
    var moved = Files.move(log(), folder.resolve("moved"));

    loggers.reopenFiles();
    root.error("second");
    background.remove().run();
    root.error("third");

    assertThat(moved).hasContent("first\nsecond\n");
    assertThat(log()).hasContent("third\n");
  }

  @Test
  void goesOnInTheOldFileAndSaysSoIfThereIsNoNewOne() throws IOException {
    var moved = Files.move(log(), folder.resolve("moved"));
    Files.createDirectory(log());

    loggers.reopenFiles();
    background.remove().run();
    root.error("later");

    assertThat(moved)
        .content()
        .contains("log '" + log() + "' cannot be opened again")
        .endsWith("later\n");
  }

  @Test
  void knowsTheLevelOfWhateverLogs() {
    assertThat(loggers.levels()).containsKeys("expression", "wasm", "upstream");
  }
}
