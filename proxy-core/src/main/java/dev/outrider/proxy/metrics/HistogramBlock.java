package dev.outrider.proxy.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// A log-linear histogram of non-negative integers with two significant decimal digits, as Envoy's
/// library has it: 4 falls into [4.0, 4.1), 357 into [350, 360). 90 buckets per power of ten, a row
/// made at its first value.
///
/// One writer, any reader.
final class HistogramBlock {
  static final int ROW = 90;
  // 10^0 .. 10^18 cover every positive long.
  static final int ROWS = 19;
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle ROW_CELL = MethodHandles.arrayElementVarHandle(long[][].class);
  private static final VarHandle ZEROS;

  static {
    try {
      ZEROS = MethodHandles.lookup().findVarHandle(HistogramBlock.class, "zeros", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long[] @Nullable [] rows = new long[ROWS][];
  private long zeros;

  void record(long value) {
    if (value <= 0) {
      ZEROS.setOpaque(this, zeros + 1);
      return;
    }
    var exponent = 0;
    var power = 1L;
    while (value / power >= 10) {
      power *= 10;
      exponent++;
    }
    // Tenths of the leading power: 10..99. Below ten every value is exact, so its second digit is
    // zero.
    var mantissa = exponent == 0 ? value * 10 : value / (power / 10);
    var row = rows[exponent];
    if (row == null) {
      row = new long[ROW];
      ROW_CELL.setRelease(rows, exponent, row);
    }
    var bucket = (int) mantissa - 10;
    CELL.setOpaque(row, bucket, row[bucket] + 1);
  }

  /// Adds what was counted so far to `totals`, [#ROWS] rows of [#ROW] cells each, which are made as
  /// they are needed. Returns how many zeros there were.
  long addTo(long[] @Nullable [] totals) {
    for (var exponent = 0; exponent < ROWS; exponent++) {
      var row = (long[]) ROW_CELL.getAcquire(rows, exponent);
      if (row == null) {
        continue;
      }
      var sums = totals[exponent];
      if (sums == null) {
        sums = new long[ROW];
        totals[exponent] = sums;
      }
      for (var bucket = 0; bucket < ROW; bucket++) {
        sums[bucket] += (long) CELL.getOpaque(row, bucket);
      }
    }
    return (long) ZEROS.getOpaque(this);
  }
}
