package dev.outrider.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogLineTest {
  private static final Instant TIME =
      LocalDateTime.of(2026, 11, 22, 16, 13, 30, 322_001_000)
          .atZone(ZoneId.systemDefault())
          .toInstant();

  @ParameterizedTest
  @CsvSource({
    "[%Y-%m-%d %T.%e][%t][%l][%n] %v, [2026-11-22 16:13:30.322][main][warning][upstream] a \"b\"",
    "%Y-%m-%dT%T.%fZ %l envoy %n %g:%# %v, 2026-11-22T16:13:30.322001Z warning envoy upstream -:0 a"
        + " \"b\"",
    "%L (100%%) %^%_%$, W (100%) a \\\"b\\\"",
  })
  void printsWhatTheFlagsOfTheFormatSay(String format, String line) {
    assertThat(new LogLine(format, false).doLayout(event("a \"b\""))).isEqualTo(line + "\n");
  }

  @Test
  void keepsAMessageOnOneLineIfTold() {
    assertThat(new LogLine("%v", true).doLayout(event("a\nb"))).isEqualTo("a\\nb\n");
    assertThat(new LogLine("%v", false).doLayout(event("a\nb"))).isEqualTo("a\nb\n");
  }

  @ParameterizedTest
  @CsvSource({"%v %, ends in the middle of a flag", "%q, the flag %q is not supported"})
  void refusesAFormatThatMeansNothing(String format, String why) {
    assertThatThrownBy(() -> new LogLine(format, false))
        .isInstanceOf(UsageException.class)
        .hasMessage("--log-format " + format + ": " + why);
  }

  private static LoggingEvent event(String message) {
    var event = new LoggingEvent();
    event.setLoggerContext(new LoggerContext());
    event.setInstant(TIME);
    event.setThreadName("main");
    event.setLevel(Level.WARN);
    event.setLoggerName("upstream");
    event.setMessage(message);
    return event;
  }
}
