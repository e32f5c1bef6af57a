package dev.outrider.proxy.config;

import java.time.Duration;

/// How connections that are to end are ended: Envoy's `--drain-time-s` and `--drain-strategy`.
///
/// @param time how long connections of a listener that was removed or replaced may go on
public record DrainOptions(Duration time, Strategy strategy) {
  /// How many of the connections are asked to end, and when.
  public enum Strategy {
    /// The nearer the end of the drain time, the more likely it is that a response is the last of
    /// its connection.
    GRADUAL,
    /// Every response is the last of its connection.
    IMMEDIATE
  }

  /// Envoy's defaults.
  public static final DrainOptions DEFAULT =
      new DrainOptions(Duration.ofMinutes(10), Strategy.GRADUAL);
}
