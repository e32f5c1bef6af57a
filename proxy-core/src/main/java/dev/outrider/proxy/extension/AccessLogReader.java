package dev.outrider.proxy.extension;

import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import java.util.List;
import java.util.function.Consumer;

/// Makes the access loggers of an extension that writes some of its own. Main loop only.
public interface AccessLogReader {

  /// Equal configurations give the same logger.
  ///
  /// @param context of the message that has the field `access_log`
  /// @param problems told why a log is refused; it is missing from the answer then
  List<AccessLogger> read(
      List<AccessLog> messages, ParseContext context, Consumer<ConfigProblem> problems);
}
