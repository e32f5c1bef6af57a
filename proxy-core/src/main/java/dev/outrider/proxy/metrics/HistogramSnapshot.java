package dev.outrider.proxy.metrics;

import java.util.List;

/// A distribution at one moment, with Envoy's arithmetic for quantiles, bucket counts and the sum.
public final class HistogramSnapshot {
  /// What `/stats` prints, in percent.
  static final List<Double> QUANTILES =
      List.of(0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 100.0);

  private final long[] totals;
  private final long count;

  HistogramSnapshot(long[] totals) {
    this.totals = totals;
    var sum = 0L;
    for (var total : totals) {
      sum += total;
    }
    this.count = sum;
  }

  static HistogramSnapshot empty() {
    return new HistogramSnapshot(new long[HistogramBlock.totalsLength()]);
  }

  public long count() {
    return count;
  }

  /// What came since `earlier`.
  HistogramSnapshot since(HistogramSnapshot earlier) {
    var difference = new long[totals.length];
    for (var i = 0; i < totals.length; i++) {
      difference[i] = totals[i] - earlier.totals[i];
    }
    return new HistogramSnapshot(difference);
  }

  /// The value below which `percent` of all lie; NaN if there is none. The k-th of n values in one
  /// bucket is taken to lie at k/(n+1) of its width.
  public double quantile(double percent) {
    if (count == 0) {
      return Double.NaN;
    }
    var rank = Math.max(1, (long) Math.ceil(percent / 100 * count));
    var before = 0L;
    for (var i = 0; i < totals.length; i++) {
      if (before + totals[i] >= rank) {
        return left(i) + width(i) * (rank - before) / (totals[i] + 1);
      }
      before += totals[i];
    }
    throw new AssertionError("a rank beyond the count");
  }

  /// How many values are at most `bound`, to the precision of a bucket.
  public long countUpTo(double bound) {
    var sum = 0L;
    for (var i = 0; i < totals.length && left(i) <= bound; i++) {
      sum += totals[i];
    }
    return sum;
  }

  /// The sum of all values, each taken at the balanced middle of its bucket.
  public double sum() {
    var sum = 0.0;
    for (var i = 1; i < totals.length; i++) {
      if (totals[i] != 0) {
        var left = left(i);
        sum += totals[i] * (left + width(i) * left / (left + left + width(i)));
      }
    }
    return sum;
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
