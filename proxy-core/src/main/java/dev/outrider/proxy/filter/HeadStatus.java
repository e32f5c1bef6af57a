package dev.outrider.proxy.filter;

/// A filter's answer to a head. The whole table is in the package description.
public enum HeadStatus {
  CONTINUE,
  /// Keep the head from the next filter, but go on showing this one the body. Envoy
  /// `StopIteration`.
  HOLD_HEAD,
  /// Keep everything and show nothing until resumed; too much body is answered 413 (request) or 500
  /// (response). Envoy `StopAllIterationAndBuffer`.
  HOLD_ALL_LIMITED,
  /// Keep everything and show nothing until resumed; at the buffer limit the sender is held back.
  /// Envoy `StopAllIterationAndWatermark`.
  HOLD_ALL_BACKPRESSURE
}
