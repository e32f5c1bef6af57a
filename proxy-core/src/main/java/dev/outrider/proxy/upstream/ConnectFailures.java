package dev.outrider.proxy.upstream;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import org.jspecify.annotations.Nullable;

/// Puts a failed connect into the words of Envoy's transport failure reason, which appear in the
/// access log.
final class ConnectFailures {
  private ConnectFailures() {}

  static String describe(@Nullable Throwable cause) {
    var message = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    if (cause instanceof NoRouteToHostException || message.contains("No route to host")) {
      return "delayed connect error: No route to host";
    }
    if (message.contains("unreachable")) {
      return "immediate connect error: Network is unreachable";
    }
    if (cause instanceof ConnectException || message.contains("refused")) {
      return "delayed connect error: Connection refused";
    }
    return "delayed connect error: " + (message.isEmpty() ? "Unknown error" : message);
  }
}
