package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/// What is logged as our own fault while this is open: never anything, whatever a peer does. Guests
/// that trap are reported as errors too, and are no fault of ours.
final class ErrorLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final List<String> errors = new ArrayList<>();

  ErrorLog() {
    setContext(root.getLoggerContext());
    start();
    root.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel() == Level.ERROR && !event.getLoggerName().equals("wasm")) {
      var thrown = event.getThrowableProxy();
      errors.add(
          event.getFormattedMessage()
              + (thrown == null ? "" : ": " + thrown.getClassName() + ": " + thrown.getMessage()));
    }
  }

  void assertNone() {
    assertThat(errors).as("errors in the log").isEmpty();
  }

  @Override
  public String toString() {
    return errors.isEmpty() ? "" : " (and logged " + errors + ")";
  }

  @Override
  public void close() {
    root.detachAppender(this);
    stop();
  }
}
