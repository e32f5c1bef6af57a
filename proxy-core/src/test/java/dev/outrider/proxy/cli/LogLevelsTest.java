package dev.outrider.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class LogLevelsTest {
  private final Logger upstream = (Logger) LoggerFactory.getLogger("upstream");
  private final Logger wasm = (Logger) LoggerFactory.getLogger("wasm");
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Level before = root.getLevel();

  @AfterEach
  void restore() {
    root.setLevel(before);
    upstream.setLevel(null);
    wasm.setLevel(null);
  }

  @Test
  void setsAllAndThenComponents() {
    LogLevels.apply("error", "upstream:debug, wasm:Trace");

    assertThat(root.getLevel()).isEqualTo(Level.ERROR);
    assertThat(upstream.getEffectiveLevel()).isEqualTo(Level.DEBUG);
    assertThat(wasm.getEffectiveLevel()).isEqualTo(Level.TRACE);
  }

  @Test
  void leavesWhatIsNotNamed() {
    LogLevels.apply(null, null);

    assertThat(root.getLevel()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({"TRACE, trace", "DEBUG, debug", "INFO, info", "WARN, warning", "ERROR, error"})
  void writesLevelsAsEnvoyDoes(String level, String word) {
    var event = new LoggingEvent();
    event.setLevel(Level.toLevel(level));

    assertThat(new EnvoyLevel().convert(event)).isEqualTo(word);
  }
}
