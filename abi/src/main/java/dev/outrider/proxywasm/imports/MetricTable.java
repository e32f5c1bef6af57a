package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.MetricKind;
import dev.outrider.proxywasm.host.MetricSink;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The metrics of a VM by the ids its guest knows: the low two bits are the kind, counters are 4, 8
/// ..., gauges 5, 9 ..., histograms 6, 10 ...
final class MetricTable {
  private final List<List<MetricSink.Metric>> byKind =
      List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

  /// Answers the new id.
  int add(MetricKind kind, MetricSink.Metric metric) {
    var metrics = byKind.get(kind.code());
    metrics.add(metric);
    return metrics.size() << 2 | kind.code();
  }

  /// How many there are, of all kinds.
  int size() {
    int sum = 0;
    for (var metrics : byKind) {
      sum += metrics.size();
    }
    return sum;
  }

  @Nullable MetricKind kind(int id) {
    return MetricKind.of(id & 3);
  }

  MetricSink.@Nullable Metric find(int id) {
    var kind = kind(id);
    if (kind == null) {
      return null;
    }
    var metrics = byKind.get(kind.code());
    int index = (id >>> 2) - 1;
    return index >= 0 && index < metrics.size() ? metrics.get(index) : null;
  }
}
