package dev.outrider.proxy.server;

import dev.outrider.proxy.accesslog.FileSink;
import dev.outrider.proxy.accesslog.FormattedAccessLogger;
import dev.outrider.proxy.accesslog.LogFiles;
import dev.outrider.proxy.accesslog.LogFormat;
import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.xds.accesslog.AccessLogOpener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// The access loggers of the process: one for each configuration, over one sink for each file. Main
/// loop only.
final class AccessLogs implements AccessLogOpener {
  private final Map<AccessLogConfig, AccessLogger> open = new HashMap<>();
  private final FormatEnvironment environment = FormatEnvironment.ofProcess();
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
    var logger = new FormattedAccessLogger(format, sink(config.sink()));
    open.put(config, logger);
    return new Parsed.Valid<>(logger);
  }

  private LogFormat format(AccessLogConfig config, Consumer<String> problems) {
    return config.format() == null
        ? LogFormat.defaultLine(environment)
        : LogFormat.text(config.format(), environment, problems);
  }

  private FileSink sink(Sink sink) {
    return switch (sink) {
      case Sink.File(var path) -> files.file(path);
      case Sink.Stdout() -> files.stdout();
      case Sink.Stderr() -> files.stderr();
    };
  }
}
