package dev.outrider.proxy.xds.accesslog;

import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.AccessLogger;
import java.util.List;

/// Makes access loggers. Any thread; opens no file there.
public interface AccessLogOpener {

  /// Equal configurations give the same logger; a format that cannot be understood is refused.
  Parsed<AccessLogger> open(AccessLogConfig config, ParseContext context);

  /// Loggers that are extensions, beside files and standard streams.
  default ProviderRegistry<AccessLogger> extensions() {
    return new ProviderRegistry<>(List.of());
  }
}
