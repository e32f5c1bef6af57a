package dev.outrider.proxy.metrics;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// All statistics that a page shows, as Envoy orders them: texts, then counters and gauges, then
/// distributions. Confined to one thread.
final class StatsPages {
  private final Deque<OrderedStats> left;
  private final Predicate<StatValue> types;
  private long looked;

  /// @param types which kinds are wanted
  StatsPages(MetricRegistry registry, StatFilter filter, Predicate<StatValue> types) {
    this.types = types;
    this.left =
        new ArrayDeque<>(
            List.of(
                registry.texts(filter),
                registry.orderedNumbers(filter),
                registry.orderedDistributions(filter)));
  }

  /// Makes a piece: writes the next ones until `out` is full, or enough of them were looked at.
  /// Answers whether there were any left.
  boolean fill(StringBuilder out, Consumer<StatValue> writer) {
    var before = looked;
    while (out.length() < TextParts.PIECE && looked - before < TextParts.MOST_STATS) {
      var some = next();
      if (some == null) {
        return looked > before;
      }
      some.forEach(writer);
    }
    return true;
  }

  /// The next ones, perhaps none; null at the end.
  private @Nullable List<StatValue> next() {
    var ordered = left.peek();
    while (ordered != null) {
      var some = ordered.next();
      if (some != null) {
        looked += ordered.lastLooked();
        some.removeIf(value -> !types.test(value));
        return some;
      }
      left.remove();
      ordered = left.peek();
    }
    return null;
  }
}
