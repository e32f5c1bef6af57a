package dev.outrider.proxy.overload;

import dev.outrider.proxy.metrics.Counter;
import java.util.EnumMap;
import java.util.Map;

/// How much of each action is asked for: from 0 = nothing to 1 = all of it. Immutable.
///
/// @param stopRequests the share of requests that are answered by 503 at once
/// @param endKeepAlive the share of responses that end their connection
/// @param rejectConnections the share of new connections that are closed at once
/// @param stopConnections only 1 counts: nobody is accepted, clients wait
/// @param timeouts how much shorter they are
/// @param shed what is refused at each point; a point where nothing is has no entry
public record OverloadState(
    double stopRequests,
    double endKeepAlive,
    double rejectConnections,
    double stopConnections,
    TimeoutScaling timeouts,
    Map<LoadShedPoint, Shed> shed) {
  public static final OverloadState NONE = new OverloadState(0, 0, 0, 0);

  public OverloadState {
    shed = Map.copyOf(shed);
  }

  /// With timeouts as configured, and nothing shed.
  public OverloadState(
      double stopRequests, double endKeepAlive, double rejectConnections, double stopConnections) {
    this(
        stopRequests,
        endKeepAlive,
        rejectConnections,
        stopConnections,
        TimeoutScaling.NONE,
        Map.of());
  }

  /// What is refused at one point.
  ///
  /// @param share more than 0
  /// @param count of what was
  public record Shed(double share, Counter count) {}

  /// The same but for one action.
  ///
  /// @param scaling what the action does to timeouts, if it is the one that shortens them
  OverloadState with(OverloadAction action, double value, TimeoutScaling scaling) {
    return switch (action) {
      case STOP_ACCEPTING_REQUESTS ->
          new OverloadState(
              value, endKeepAlive, rejectConnections, stopConnections, timeouts, shed);
      case DISABLE_HTTP_KEEPALIVE ->
          new OverloadState(
              stopRequests, value, rejectConnections, stopConnections, timeouts, shed);
      case REJECT_INCOMING_CONNECTIONS ->
          new OverloadState(stopRequests, endKeepAlive, value, stopConnections, timeouts, shed);
      case STOP_ACCEPTING_CONNECTIONS ->
          new OverloadState(stopRequests, endKeepAlive, rejectConnections, value, timeouts, shed);
      case REDUCE_TIMEOUTS ->
          new OverloadState(
              stopRequests, endKeepAlive, rejectConnections, stopConnections, scaling, shed);
    };
  }

  /// The same with something refused at a point.
  OverloadState with(LoadShedPoint point, Shed what) {
    var more = new EnumMap<LoadShedPoint, Shed>(LoadShedPoint.class);
    more.putAll(shed);
    more.put(point, what);
    return new OverloadState(
        stopRequests, endKeepAlive, rejectConnections, stopConnections, timeouts, more);
  }
}
