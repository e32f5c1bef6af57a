package dev.outrider.proxy.server;

import dev.outrider.proxy.accesslog.FileSink;
import dev.outrider.proxy.accesslog.FormattedAccessLogger;
import dev.outrider.proxy.accesslog.LogFiles;
import dev.outrider.proxy.accesslog.LogFormat;
import dev.outrider.proxy.attributes.JsonFormat;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.config.LineFormat;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.xds.accesslog.AccessLogOpener;
import dev.outrider.proxy.xds.core.Formats;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The access loggers of the process: one for each configuration, over one sink for each file. Any
/// thread.
final class AccessLogs implements AccessLogOpener {
  private final Map<AccessLogConfig, AccessLogger> open = new ConcurrentHashMap<>();
  private final LogFiles files;
  private final ProviderRegistry<AccessLogger> extensions;

  AccessLogs(LogFiles files, ProviderRegistry<AccessLogger> extensions) {
    this.files = files;
    this.extensions = extensions;
  }

  @Override
  public ProviderRegistry<AccessLogger> extensions() {
    return extensions;
  }

  @Override
  public Parsed<AccessLogger> open(AccessLogConfig config, ParseContext context) {
    var known = open.get(config);
    if (known != null) {
      return new Parsed.Valid<>(known);
    }
    var wrong = new ArrayList<String>();
    var format = format(config, wrong::add);
    if (!wrong.isEmpty()) {
      return new Parsed.Invalid<>(
          wrong.stream().<ConfigProblem>map(text -> context.problem("log_format", text)).toList());
    }
    return new Parsed.Valid<>(
        open.computeIfAbsent(config, _ -> new FormattedAccessLogger(format, sink(config.sink()))));
  }

  private static LogFormat format(AccessLogConfig config, Consumer<String> problems) {
    return switch (config.format()) {
      case LineFormat.Standard() -> LogFormat.defaultLine(Formats.environment(false));
      case LineFormat.Text(var text, var omitEmpty, var withoutQuery) ->
          LogFormat.text(text, omitEmpty ? "" : "-", Formats.environment(withoutQuery), problems);
      case LineFormat.Json(var members, var omitEmpty, var withoutQuery) ->
          LogFormat.json(
              JsonFormat.parse(members, omitEmpty, Formats.environment(withoutQuery), problems));
    };
  }

  private FileSink sink(Sink sink) {
    return switch (sink) {
      case Sink.File(var path) -> files.file(path);
      case Sink.Stdout() -> files.stdout();
      case Sink.Stderr() -> files.stderr();
    };
  }
}
