package dev.outrider.proxy.config;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;

/// An access log that is told only of what its filter lets through.
public record FilteredLogger(AccessLogger logger, LogFilter filter) implements AccessLogger {
  @Override
  public void log(StreamInfo info) {
    if (filter.matches(info)) {
      logger.log(info);
    }
  }

  @Override
  public AccessLogger onLoop(Loop loop) {
    var own = logger.onLoop(loop);
    return own.equals(logger) ? this : new FilteredLogger(own, filter);
  }

  @Override
  public void leave() {
    logger.leave();
  }

  @Override
  public void close() {
    logger.close();
  }
}
