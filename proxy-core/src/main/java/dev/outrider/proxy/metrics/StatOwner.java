package dev.outrider.proxy.metrics;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The statistics of one cluster, listener or the like: a template under a prefix.
///
/// [#cells] belongs to the loop whose index is asked for; everything else is for any thread.
public final class StatOwner {
  private final StatTemplate template;
  private final String prefix;
  private final @Nullable MetricRegistry registry;
  private final AtomicReferenceArray<@Nullable StatCells> cells;
  private final ColdValues cold = new ColdValues();
  private volatile @Nullable LiveGauges live;

  // By number of the statistic; replaced by flush(). Null until a histogram was used.
  private volatile @Nullable Flush @Nullable [] flushes;

  StatOwner(StatTemplate template, String prefix, int loops, @Nullable MetricRegistry registry) {
    this.template = template;
    this.prefix = prefix;
    this.cells = new AtomicReferenceArray<>(loops);
    this.registry = registry;
  }

  /// An owner that no registry shows: the counters of one endpoint, read by `/clusters`.
  public static StatOwner unlisted(StatTemplate template, int loops) {
    return new StatOwner(template, "", loops, null);
  }

  public StatTemplate template() {
    return template;
  }

  /// `cluster.users`, without a dot at the end.
  public String prefix() {
    return prefix;
  }

  /// The block of one loop, made at the first call. Only that loop writes to it.
  public StatCells cells(int loopIndex) {
    var own = cells.get(loopIndex);
    if (own == null) {
      own = new StatCells(this);
      cells.set(loopIndex, own);
    }
    return own;
  }

  /// Adds to a cold counter or gauge; `amount` may be negative for a gauge.
  public void add(int stat, long amount) {
    requireCold(stat);
    cold.cell(stat).addAndGet(amount);
  }

  /// Sets a cold gauge.
  public void set(int stat, long value) {
    requireCold(stat);
    cold.cell(stat).set(value);
  }

  /// A counter beside the template's, under a name that only turns up at run time.
  public Counter named(String suffix) {
    return registry == null ? new Counter() : registry.counter(prefix + "." + suffix);
  }

  /// Names who computes gauges of this owner at the moment they are read.
  public void computedBy(LiveGauges gauges) {
    live = gauges;
  }

  /// The value over all loops.
  public long value(int stat) {
    var slot = template.slot(stat);
    if (slot == StatTemplate.COLD) {
      var gauges = live;
      if (gauges != null && gauges.computes(stat)) {
        return gauges.value(stat);
      }
      return cold.value(stat);
    }
    var sum = total(slot);
    return template.stats().get(stat).type() == StatType.GAUGE ? sum - total(slot + 1) : sum;
  }

  /// One loop's share of a hot statistic.
  long value(int stat, int loopIndex) {
    var own = cells.get(loopIndex);
    if (own == null) {
      return 0;
    }
    var slot = template.slot(stat);
    var gauge = template.stats().get(stat).type() == StatType.GAUGE;
    return gauge ? own.cell(slot) - own.cell(slot + 1) : own.cell(slot);
  }

  /// Whether a loop has cells here.
  boolean counts(int loopIndex) {
    return cells.get(loopIndex) != null;
  }

  /// Whether any loop before that one has.
  boolean countsBefore(int loopIndex) {
    for (var i = 0; i < loopIndex; i++) {
      if (counts(i)) {
        return true;
      }
    }
    return false;
  }

  /// Whether anything ever touched it: what `/stats?usedonly` asks.
  boolean used(int stat) {
    var slot = template.slot(stat);
    if (slot != StatTemplate.COLD) {
      return total(slot) != 0;
    }
    var gauges = live;
    return cold.used(stat) || (gauges != null && gauges.computes(stat) && gauges.value(stat) != 0);
  }

  /// The distribution over all loops.
  public HistogramSnapshot histogram(int stat) {
    var zeros = 0L;
    long[] @Nullable [] rows = null;
    for (var i = 0; i < cells.length(); i++) {
      var own = cells.get(i);
      var block = own == null ? null : own.histogram(template.slot(stat));
      if (block != null) {
        rows = rows == null ? new long[HistogramBlock.ROWS][] : rows;
        zeros += block.addTo(rows);
      }
    }
    return rows == null ? HistogramSnapshot.EMPTY : new HistogramSnapshot(zeros, rows);
  }

  /// Costs a read of a field while nobody listens.
  void recorded(int stat, long value) {
    var listener = registry == null ? null : registry.listener();
    if (listener != null) {
      var shape = template.stats().get(stat);
      listener.recorded(prefix + "." + shape.suffix(), value);
      for (var copy : shape.copies()) {
        listener.recorded(prefix + "." + copy, value);
      }
    }
  }

  /// What came between the last two [#flush]es; null before the first one that saw a value.
  @Nullable HistogramSnapshot interval(int stat) {
    var last = flushes;
    var flush = last == null ? null : last[stat];
    return flush == null ? null : flush.interval;
  }

  /// Ends an interval of every histogram. Costs nothing for one that was never used. Main loop
  /// only.
  void flush() {
    var last = flushes;
    @Nullable Flush @Nullable [] next = null;
    for (var stat : template.histograms()) {
      var before = last == null ? null : last[stat];
      var now = histogram(stat);
      if (now.count() > 0) {
        next = next == null ? new @Nullable Flush[template.stats().size()] : next;
        next[stat] = new Flush(now, before == null ? now : now.since(before.cumulative));
      }
    }
    flushes = next;
  }

  /// @param interval what `cumulative` has more than at the flush before
  private record Flush(HistogramSnapshot cumulative, HistogramSnapshot interval) {}

  boolean hasCodes(int family) {
    for (var i = 0; i < cells.length(); i++) {
      var own = cells.get(i);
      if (own != null && own.codes(family) != null) {
        return true;
      }
    }
    return false;
  }

  void forEachCode(int family, StatCells.CodeVisitor visitor) {
    for (var i = 0; i < cells.length(); i++) {
      var own = cells.get(i);
      var codes = own == null ? null : own.codes(family);
      if (codes != null) {
        codes.forEach(visitor);
      }
    }
  }

  /// Gives the lease back. With the last one the statistics disappear.
  public void release() {
    if (registry != null) {
      registry.release(this);
    }
  }

  void resetColdCounters() {
    for (var cell : cold.touched) {
      if (template.stats().get(cell.stat).type() == StatType.COUNTER) {
        cell.set(0);
      }
    }
  }

  /// On that loop.
  void resetHotCounters(int loopIndex) {
    var own = cells.get(loopIndex);
    if (own != null) {
      own.resetCounters();
    }
  }

  private long total(int slot) {
    var sum = 0L;
    for (var i = 0; i < cells.length(); i++) {
      var own = cells.get(i);
      if (own != null) {
        sum += own.cell(slot);
      }
    }
    return sum;
  }

  private void requireCold(int stat) {
    if (template.slot(stat) != StatTemplate.COLD) {
      throw new IllegalArgumentException(
          prefix + "." + template.stats().get(stat).suffix() + " is counted per loop, in cells()");
    }
  }

  /// Gauges that are a view of something else, such as "is this breaker open". Any thread.
  public interface LiveGauges {
    boolean computes(int stat);

    long value(int stat);
  }

  /// The few cold values that were ever touched, found by a linear search.
  private static final class ColdValues {
    private static final Cell[] NONE = {};

    private volatile Cell[] touched = NONE;

    long value(int stat) {
      for (var cell : touched) {
        if (cell.stat == stat) {
          return cell.get();
        }
      }
      return 0;
    }

    boolean used(int stat) {
      for (var cell : touched) {
        if (cell.stat == stat) {
          return true;
        }
      }
      return false;
    }

    AtomicLong cell(int stat) {
      for (var cell : touched) {
        if (cell.stat == stat) {
          return cell;
        }
      }
      return grow(stat);
    }

    private synchronized AtomicLong grow(int stat) {
      var now = touched;
      for (var cell : now) {
        if (cell.stat == stat) {
          return cell;
        }
      }
      var next = new Cell[now.length + 1];
      System.arraycopy(now, 0, next, 0, now.length);
      var added = new Cell(stat);
      next[now.length] = added;
      touched = next;
      return added;
    }

    /// One object, not two: every cluster has half a dozen.
    private static final class Cell extends AtomicLong {
      private static final long serialVersionUID = 1;

      private final int stat;

      Cell(int stat) {
        this.stat = stat;
      }
    }
  }
}
