package dev.outrider.proxy.extension;

import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import java.util.List;
import java.util.concurrent.CompletionStage;

/// Makes the access loggers of an extension that writes some of its own. Main loop only.
@FunctionalInterface
public interface AccessLogReader {

  /// Equal configurations give the same logger. Completes in the background where a logger is an
  /// extension.
  ///
  /// @param context of the message that has the field `access_log`
  CompletionStage<Parsed<List<AccessLogger>>> read(List<AccessLog> messages, ParseContext context);
}
