package dev.outrider.proxywasm.testkit;

import dev.outrider.proxywasm.host.MetricKind;
import dev.outrider.proxywasm.host.MetricSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Metrics in a map.
public final class RecordingMetrics implements MetricSink {
  private final Map<String, Cell> cells = new HashMap<>();

  /// What a counter or gauge stands at; an unknown name is an error.
  public long value(String name) {
    return cell(name).value;
  }

  /// What a histogram has recorded; an unknown name is an error.
  public List<Long> recorded(String name) {
    return List.copyOf(cell(name).recorded);
  }

  /// Names that were defined.
  public Set<String> names() {
    return Set.copyOf(cells.keySet());
  }

  private Cell cell(String name) {
    var cell = cells.get(name);
    if (cell == null) {
      throw new AssertionError("no metric '" + name + "', only " + cells.keySet());
    }
    return cell;
  }

  @Override
  public Metric define(MetricKind kind, String name) {
    return cells.computeIfAbsent(name, _ -> new Cell(kind));
  }

  private static final class Cell implements Metric {
    private final MetricKind kind;
    private final List<Long> recorded = new ArrayList<>();
    private long value;

    Cell(MetricKind kind) {
      this.kind = kind;
    }

    @Override
    public void add(long delta) {
      value += delta;
    }

    @Override
    public void record(long newValue) {
      switch (kind) {
        case GAUGE -> value = newValue;
        case HISTOGRAM -> recorded.add(newValue);
        case COUNTER -> throw new AssertionError("record on a counter");
      }
    }

    @Override
    public long value() {
      return value;
    }
  }
}
