package dev.outrider.proxy.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One loop's share of an owner's statistics. Written by that loop alone, read by anybody: writes
/// are opaque, a reader sees each number some time later, never torn.
public final class StatCells {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle BLOCK =
      MethodHandles.arrayElementVarHandle(HistogramBlock[].class);
  private static final VarHandle CODES = MethodHandles.arrayElementVarHandle(CodeCounts[].class);
  private static final VarHandle VALUES;

  static {
    try {
      VALUES = MethodHandles.lookup().findVarHandle(StatCells.class, "values", long[].class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final StatOwner owner;
  private final StatTemplate template;
  // Made at the first count: most clusters of a big configuration see no traffic.
  private long @Nullable [] values;
  private final @Nullable CodeCounts[] codes;
  private @Nullable HistogramBlock @Nullable [] histograms;

  StatCells(StatOwner owner) {
    this.owner = owner;
    this.template = owner.template();
    this.codes = new CodeCounts[template.families().size()];
  }

  /// Adds one to a counter or a gauge.
  public void inc(int stat) {
    add(stat, 1);
  }

  /// Adds to a counter or a gauge; `amount` is not negative.
  public void add(int stat, long amount) {
    var slot = template.slot(stat);
    if (slot == StatTemplate.COLD) {
      owner.add(stat, amount);
    } else {
      bump(slot, amount);
    }
  }

  /// Takes one off a gauge.
  public void dec(int stat) {
    sub(stat, 1);
  }

  /// Takes `amount`, not negative, off a gauge.
  public void sub(int stat, long amount) {
    var slot = template.slot(stat);
    if (slot == StatTemplate.COLD) {
      owner.add(stat, -amount);
    } else {
      bump(slot + 1, amount);
    }
  }

  /// Adds a value, not negative, to a histogram, in the unit of its name (milliseconds as a rule).
  public void record(int stat, long value) {
    var blocks = histograms;
    if (blocks == null) {
      blocks = new HistogramBlock[template.hotSlots()];
      histograms = blocks;
    }
    var slot = template.slot(stat);
    var block = blocks[slot];
    if (block == null) {
      block = new HistogramBlock();
      BLOCK.setRelease(blocks, slot, block);
    }
    block.record(value);
    owner.recorded(stat, value);
  }

  /// Counts one response code of a family.
  public void countCode(int family, int code) {
    var counts = codes[family];
    if (counts == null) {
      counts = new CodeCounts();
      CODES.setRelease(codes, family, counts);
    }
    counts.count(code);
  }

  /// Gauges and histograms stay.
  void resetCounters() {
    var own = values;
    for (int stat = 0; own != null && stat < template.stats().size(); stat++) {
      int slot = template.slot(stat);
      if (slot != StatTemplate.COLD && template.stats().get(stat).type() == StatType.COUNTER) {
        CELL.setOpaque(own, slot, 0L);
      }
    }
    for (var family : codes) {
      if (family != null) {
        family.reset();
      }
    }
  }

  private void bump(int slot, long amount) {
    // Single writer: a plain read of our own last write is enough.
    var own = values;
    if (own == null) {
      own = new long[template.hotSlots()];
      VALUES.setRelease(this, own);
    }
    CELL.setOpaque(own, slot, own[slot] + amount);
  }

  long cell(int slot) {
    var own = (long @Nullable []) VALUES.getAcquire(this);
    return own == null ? 0 : (long) CELL.getOpaque(own, slot);
  }

  @Nullable HistogramBlock histogram(int slot) {
    var blocks = histograms;
    return blocks == null ? null : (@Nullable HistogramBlock) BLOCK.getAcquire(blocks, slot);
  }

  @Nullable CodeCounts codes(int family) {
    return (@Nullable CodeCounts) CODES.getAcquire(codes, family);
  }

  /// Counts per response code: a handful, so a linear search is the fastest map.
  static final class CodeCounts {
    // One array of (code, count) pairs, replaced when it grows, so that a reader never sees them
    // apart.
    private volatile long[] pairs = new long[4];
    private int used;

    void count(int code) {
      var now = pairs;
      for (var i = 0; i < used; i += 2) {
        if (now[i] == code) {
          CELL.setOpaque(now, i + 1, now[i + 1] + 1);
          return;
        }
      }
      if (used == now.length) {
        now = Arrays.copyOf(now, used * 2);
      }
      CELL.setOpaque(now, used + 1, 1L);
      CELL.setRelease(now, used, (long) code);
      used += 2;
      pairs = now;
    }

    void reset() {
      for (int i = 0; i < used; i += 2) {
        CELL.setOpaque(pairs, i + 1, 0L);
      }
    }

    void forEach(CodeVisitor visitor) {
      var now = pairs;
      for (var i = 0; i < now.length; i += 2) {
        var code = (long) CELL.getAcquire(now, i);
        if (code != 0) {
          visitor.code((int) code, (long) CELL.getOpaque(now, i + 1));
        }
      }
    }
  }

  /// Told each code that was counted.
  interface CodeVisitor {
    void code(int code, long count);
  }
}
