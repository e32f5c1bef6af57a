package dev.outrider.proxy.metrics;

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

  private static final int BUCKETS = 1 + HistogramBlock.ROWS * HistogramBlock.ROW;

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

  private long total(int bucket) {
    if (bucket == 0) {
      return zeros;
    }
    var row = rows[(bucket - 1) / HistogramBlock.ROW];
    return row == null ? 0 : row[(bucket - 1) % HistogramBlock.ROW];
  }

  /// The value below which `percent` of all lie; NaN if there is none. The k-th of n values in one
  /// bucket is taken to lie at k/(n+1) of its width.
  public double quantile(double percent) {
    if (count == 0) {
      return Double.NaN;
    }
    var rank = Math.max(1, (long) Math.ceil(percent / 100 * count));
    var before = 0L;
    for (var i = 0; i < BUCKETS; i++) {
      if (before + total(i) >= rank) {
        return left(i) + width(i) * (rank - before) / (total(i) + 1);
      }
      before += total(i);
    }
    throw new AssertionError("a rank beyond the count");
  }

  /// How many values are at most `bound`, to the precision of a bucket.
  public long countUpTo(double bound) {
    var sum = 0L;
    for (var i = 0; i < BUCKETS && left(i) <= bound; i++) {
      sum += total(i);
    }
    return sum;
  }

  /// The sum of all values, each taken at the balanced middle of its bucket.
  public double sum() {
    var sum = 0.0;
    for (var i = 1; i < BUCKETS; i++) {
      if (total(i) != 0) {
        var left = left(i);
        sum += total(i) * (left + width(i) * left / (left + left + width(i)));
      }
    }
    return sum;
  }

  /// Told each bucket that holds a value, in ascending order.
  interface BucketVisitor {
    void bucket(double left, double width, long count);
  }

  void forEachBucket(BucketVisitor visitor) {
    for (var i = 0; i < BUCKETS; i++) {
      if (total(i) != 0) {
        visitor.bucket(left(i), width(i), total(i));
      }
    }
  }

  private static double left(int bucket) {
    if (bucket == 0) {
      return 0;
    }
    var mantissa = (bucket - 1) % HistogramBlock.ROW + 10;
    return mantissa / 10.0 * power(bucket);
  }

  private static double width(int bucket) {
    return bucket == 0 ? 0 : power(bucket) / 10;
  }

  private static double power(int bucket) {
    var exponent = (bucket - 1) / HistogramBlock.ROW;
    return Math.pow(10, exponent);
  }
}
