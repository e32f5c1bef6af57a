package dev.outrider.proxy.overload;

/// How much of each action is asked for: from 0 = nothing to 1 = all of it. Immutable.
///
/// @param stopRequests the share of requests that are answered by 503 at once
/// @param endKeepAlive the share of responses that end their connection
/// @param rejectConnections the share of new connections that are closed at once
/// @param stopConnections only 1 counts: nobody is accepted, clients wait
public record OverloadState(
    double stopRequests, double endKeepAlive, double rejectConnections, double stopConnections) {
  public static final OverloadState NONE = new OverloadState(0, 0, 0, 0);

  /// The same but for one action.
  OverloadState with(OverloadAction action, double value) {
    return switch (action) {
      case STOP_ACCEPTING_REQUESTS ->
          new OverloadState(value, endKeepAlive, rejectConnections, stopConnections);
      case DISABLE_HTTP_KEEPALIVE ->
          new OverloadState(stopRequests, value, rejectConnections, stopConnections);
      case REJECT_INCOMING_CONNECTIONS ->
          new OverloadState(stopRequests, endKeepAlive, value, stopConnections);
      case STOP_ACCEPTING_CONNECTIONS ->
          new OverloadState(stopRequests, endKeepAlive, rejectConnections, value);
    };
  }
}
