package dev.outrider.proxy.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Locale;

/// The level of a log line as Envoy writes it: `warning`, not `WARN`. Named in `conf/logback.xml`.
public final class EnvoyLevel extends ClassicConverter {
  @Override
  public String convert(ILoggingEvent event) {
    return of(event.getLevel());
  }

  static String of(Level level) {
    return level == Level.WARN ? "warning" : level.toString().toLowerCase(Locale.ROOT);
  }
}
