package dev.outrider.proxy.metrics;

import java.util.List;

/// What sinks are told at the end of an interval, by name. Nothing of what was never used.
/// Immutable, any thread.
///
/// @param totals counters and gauges as they are
/// @param changes the same, of counters what came since the interval before
public record StatInterval(List<StatValue.Scalar> totals, List<StatValue.Scalar> changes) {
  public StatInterval {
    totals = List.copyOf(totals);
    changes = List.copyOf(changes);
  }
}
