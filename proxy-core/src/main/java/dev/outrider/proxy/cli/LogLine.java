package dev.outrider.proxy.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// A line of the log in the shape of Envoy's `--log-format` (spdlog's flags). Any thread.
final class LogLine extends LayoutBase<ILoggingEvent> {
  /// Envoy's default, without the place in the source, which is not known here.
  static final String DEFAULT = "[%Y-%m-%d %T.%e][%t][%l][%n] %v";

  private final List<Function<ILoggingEvent, String>> pieces = new ArrayList<>();
  private final String format;
  private final boolean escaped;

  /// Throws [UsageException] for a format that means nothing.
  ///
  /// @param escaped line ends and the like in messages are written as two characters
  ///   (`--log-format-escaped`)
  LogLine(String format, boolean escaped) {
    this.format = format;
    this.escaped = escaped;
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        literal(String.valueOf(c));
      } else if (++i == format.length()) {
        throw new UsageException("--log-format " + format + ": ends in the middle of a flag");
      } else {
        flag(format.charAt(i));
      }
    }
  }

  private void literal(String text) {
    pieces.add(_ -> text);
  }

  private void flag(char flag) {
    switch (flag) {
      case 'v' -> pieces.add(event -> message(event, escaped));
      case '_' -> pieces.add(event -> message(event, true));
      case 'l' -> pieces.add(LogLine::level);
      case 'L' -> pieces.add(event -> level(event).substring(0, 1).toUpperCase(Locale.ROOT));
      case 'n' -> pieces.add(ILoggingEvent::getLoggerName);
      case 't' -> pieces.add(ILoggingEvent::getThreadName);
      case 'P' -> literal(Long.toString(ProcessHandle.current().pid()));
      case 'g', 's', '@', '!' -> literal("-"); // a place in the source: not known
      case '#' -> literal("0");
      case '^', '$' -> {} // colours
      case '%' -> literal("%");
      default -> time(flag);
    }
  }

  private void time(char flag) {
    var shape =
        switch (flag) {
          case 'Y' -> "yyyy";
          case 'C' -> "yy";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'H' -> "HH";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'e' -> "SSS";
          case 'f' -> "SSSSSS";
          case 'F' -> "SSSSSSSSS";
          case 'T', 'X' -> "HH:mm:ss";
          case 'D' -> "MM/dd/yy";
          case 'z' -> "xxx";
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'b' -> "MMM";
          case 'B' -> "MMMM";
          default ->
              throw new UsageException(
                  "--log-format " + format + ": the flag %" + flag + " is not supported");
        };
    var time = DateTimeFormatter.ofPattern(shape, Locale.ROOT).withZone(ZoneId.systemDefault());
    pieces.add(event -> time.format(event.getInstant()));
  }

  private static String level(ILoggingEvent event) {
    return EnvoyLevel.of(event.getLevel());
  }

  private static String message(ILoggingEvent event, boolean escaped) {
    return escaped ? escape(event.getFormattedMessage()) : event.getFormattedMessage();
  }

  static String escape(String text) {
    var escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        case '\\' -> escaped.append("\\\\");
        case '"' -> escaped.append("\\\"");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    var line = new StringBuilder();
    pieces.forEach(piece -> line.append(piece.apply(event)));
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.toString();
  }
}
