package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.LogSink;
import dev.outrider.proxywasm.host.PluginIdentity;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes guests' log lines to component `wasm`, as Envoy does: `wasm log NAME ROOT_ID VM_ID:
/// text`. Any thread.
final class GuestLogSink implements LogSink {
  static final Logger LOG = LoggerFactory.getLogger("wasm");

  private static final int OFF = 6;

  @Override
  public int threshold() {
    if (LOG.isTraceEnabled()) {
      return LogLevel.TRACE.code();
    }
    if (LOG.isDebugEnabled()) {
      return LogLevel.DEBUG.code();
    }
    if (LOG.isInfoEnabled()) {
      return LogLevel.INFO.code();
    }
    if (LOG.isWarnEnabled()) {
      return LogLevel.WARN.code();
    }
    return LOG.isErrorEnabled() ? LogLevel.ERROR.code() : OFF;
  }

  @Override
  public void log(LogLevel level, PluginIdentity who, byte[] text, int offset, int length) {
    var line = prefix(who) + ": " + printable(new String(text, offset, length, UTF_8));
    switch (level) {
      case TRACE -> LOG.trace(line);
      case DEBUG -> LOG.debug(line);
      case INFO -> LOG.info(line);
      case WARN -> LOG.warn(line);
      case ERROR, CRITICAL -> LOG.error(line);
    }
  }

  /// Envoy leaves out what is empty.
  private static String prefix(PluginIdentity who) {
    return Stream.of("wasm log", who.name(), who.rootId(), who.vmId())
        .filter(part -> !part.isEmpty())
        .map(GuestLogSink::printable)
        .collect(Collectors.joining(" "));
  }

  /// One line stays one line: what a guest prints may come from a client.
  static String printable(String text) {
    StringBuilder clean = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        if (clean == null) {
          clean = new StringBuilder(text);
        }
        clean.setCharAt(i, ' ');
      }
    }
    return clean == null ? text : clean.toString();
  }
}
