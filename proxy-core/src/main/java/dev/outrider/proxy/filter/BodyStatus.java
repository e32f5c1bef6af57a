package dev.outrider.proxy.filter;

/// A filter's answer to a piece of body. The whole table is in the package description.
public enum BodyStatus {
  CONTINUE,
  /// Keep it; the next call shows all that was kept, and it may be edited as a whole. Envoy
  /// `StopIterationAndBuffer`.
  HOLD_AND_SHOW_ALL,
  /// Keep it, show only what is new next time, hold the sender back at the limit. Envoy
  /// `StopIterationAndWatermark`.
  HOLD_AND_SHOW_NEW,
  /// Discard it. Envoy `StopIterationNoBuffer`.
  DROP
}
