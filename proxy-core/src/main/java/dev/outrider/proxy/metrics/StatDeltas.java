package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/// What sinks are told at the end of an interval: of each counter what came since the last time, of
/// each gauge its value; nothing of those that were never used. One thread.
public final class StatDeltas {
  private final MetricRegistry registry;
  private Map<String, Long> last = Map.of();
  private Map<String, Long> seen = Map.of();

  public StatDeltas(MetricRegistry registry) {
    this.registry = registry;
  }

  /// Ends an interval.
  public StatInterval next() {
    var interval = look();
    end();
    return interval;
  }

  /// Ends the interval that was looked at last.
  public void end() {
    last = seen;
  }

  /// What is to be told of the interval until now, which goes on unless [#end] follows.
  public StatInterval look() {
    var counted = new HashMap<String, Long>();
    var told = new ArrayList<StatValue.Scalar>();
    var totals = registry.numbers(StatFilter.USED);
    for (var value : totals) {
      if (value.type() == StatType.GAUGE) {
        told.add(value);
      } else {
        counted.put(value.name(), value.value());
        told.add(new StatValue.Scalar(value.name(), value.type(), since(value), true));
      }
    }
    seen = counted;
    return new StatInterval(totals, told);
  }

  private long since(StatValue.Scalar counter) {
    var before = last.getOrDefault(counter.name(), 0L);
    // Less than before: somebody has set it to zero, and it has counted that much again.
    return counter.value() < before ? counter.value() : counter.value() - before;
  }
}
