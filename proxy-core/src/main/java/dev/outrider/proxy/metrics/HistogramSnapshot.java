package dev.outrider.proxy.metrics;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A distribution at one moment, with Envoy's arithmetic for quantiles, bucket counts and the sum.
public final class HistogramSnapshot {
  /// What `/stats` prints, in percent.
  static final List<Double> QUANTILES =
      List.of(0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 100.0);

  /// Of nothing.
  static final HistogramSnapshot EMPTY = new HistogramSnapshot(0, new long[HistogramBlock.ROWS][]);

  private static final double[] POWERS = powers();

  private final long zeros;
  private final long[] @Nullable [] rows;
  private final long count;

  /// *Takes* the rows, one per power of ten, null where nothing was recorded.
  HistogramSnapshot(long zeros, long[] @Nullable [] rows) {
    this.zeros = zeros;
    this.rows = rows;
    var sum = zeros;
    for (var row : rows) {
      if (row != null) {
        sum += Arrays.stream(row).sum();
      }
    }
    this.count = sum;
  }

  public long count() {
    return count;
  }

  /// What came since `earlier`.
  HistogramSnapshot since(HistogramSnapshot earlier) {
    if (count == earlier.count) {
      return EMPTY;
    }
    var difference = new long[HistogramBlock.ROWS][];
    for (var i = 0; i < rows.length; i++) {
      var now = rows[i];
      if (now != null) {
        difference[i] = now.clone();
        var before = earlier.rows[i];
        for (var bucket = 0; before != null && bucket < before.length; bucket++) {
          difference[i][bucket] -= before[bucket];
        }
      }
    }
    return new HistogramSnapshot(zeros - earlier.zeros, difference);
  }

  /// The value below which `percent` of all lie; NaN if there is none. The k-th of n values in one
  /// bucket is taken to lie at k/(n+1) of its width.
  public double quantile(double percent) {
    if (count == 0) {
      return Double.NaN;
    }
    var rank = Math.max(1, (long) Math.ceil(fraction(percent) * count));
    if (zeros >= rank) {
      return 0;
    }
    var before = zeros;
    for (var exponent = 0; exponent < rows.length; exponent++) {
      var row = rows[exponent];
      for (var i = 0; row != null && i < row.length; i++) {
        if (before + row[i] >= rank) {
          return left(exponent, i) + width(exponent) * (rank - before) / (row[i] + 1);
        }
        before += row[i];
      }
    }
    throw new AssertionError("a rank beyond the count");
  }

  /// Of one, as it is written: 99.9 / 100 is more than 0.999.
  static double fraction(double percent) {
    return BigDecimal.valueOf(percent).movePointLeft(2).doubleValue();
  }

  /// How many values are at most `bound`, to the precision of a bucket.
  public long countUpTo(double bound) {
    var sum = bound >= 0 ? zeros : 0;
    for (var exponent = 0; exponent < rows.length && POWERS[exponent] <= bound; exponent++) {
      var row = rows[exponent];
      for (var i = 0; row != null && i < row.length && left(exponent, i) <= bound; i++) {
        sum += row[i];
      }
    }
    return sum;
  }

  /// The sum of all values, each taken at the balanced middle of its bucket.
  public double sum() {
    var sum = new Sum();
    forEachBucket(sum);
    return sum.value;
  }

  /// Told each bucket that holds a value, in ascending order.
  interface BucketVisitor {
    void bucket(double left, double width, long count);
  }

  void forEachBucket(BucketVisitor visitor) {
    if (zeros != 0) {
      visitor.bucket(0, 0, zeros);
    }
    for (var exponent = 0; exponent < rows.length; exponent++) {
      var row = rows[exponent];
      for (var i = 0; row != null && i < row.length; i++) {
        if (row[i] != 0) {
          visitor.bucket(left(exponent, i), width(exponent), row[i]);
        }
      }
    }
  }

  private static double left(int exponent, int cell) {
    return (cell + 10) / 10.0 * POWERS[exponent];
  }

  private static double width(int exponent) {
    return POWERS[exponent] / 10;
  }

  private static double[] powers() {
    var powers = new double[HistogramBlock.ROWS];
    for (var exponent = 0; exponent < powers.length; exponent++) {
      powers[exponent] = Math.pow(10, exponent);
    }
    return powers;
  }

  /// Adds up.
  private static final class Sum implements BucketVisitor {
    private double value;

    @Override
    public void bucket(double left, double width, long count) {
      if (left > 0) {
        value += count * (left + width * left / (left + left + width));
      }
    }
  }
}
