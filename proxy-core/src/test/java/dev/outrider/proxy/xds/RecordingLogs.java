package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;

/// Access loggers that only remember how they were configured. The format `%BAD%` is refused.
final class RecordingLogs implements AccessLogOpener {

  record Opened(AccessLogConfig config) implements AccessLogger {

    @Override
    public void log(StreamInfo info) {}
  }

  @Override
  public Parsed<AccessLogger> open(AccessLogConfig config, ParseContext context) {
    return "%BAD%".equals(config.format())
        ? Parsed.invalid(context.problem("", "unknown operator BAD"))
        : Parsed.valid(new Opened(config));
  }
}
