package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.http.ResetReason;
import io.netty.channel.ChannelException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import org.jspecify.annotations.Nullable;

/// Puts a failed connect into the words of Envoy's transport failure reason, which appear in the
/// access log.
final class ConnectFailures {
  private ConnectFailures() {}

  /// A socket that cannot be bound or set is our own fault.
  static ResetReason reason(@Nullable Throwable cause) {
    return cause instanceof BindException || cause instanceof ChannelException
        ? ResetReason.LOCAL_CONNECTION_FAILURE
        : ResetReason.REMOTE_CONNECTION_FAILURE;
  }

  static String describe(@Nullable Throwable cause, UpstreamSockets sockets, HostPort endpoint) {
    var source = sockets.towards(endpoint);
    if (cause instanceof BindException && source != null) {
      return "failed to bind to " + source.address().text() + ": " + cause.getMessage();
    }
    if (cause instanceof ChannelException) {
      return ""; // as Envoy, which says nothing of options
    }
    return describe(cause);
  }

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
