package dev.outrider.bench;

import java.util.Arrays;

/// Figures of one kind, to be asked for their median and their worst.
final class Sample {
  private double[] values = new double[128];
  private int size;

  void add(double value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    values[size] = value;
    size++;
  }

  void addAll(Sample others) {
    for (int i = 0; i < others.size; i++) {
      add(others.values[i]);
    }
  }

  int size() {
    return size;
  }

  double median() {
    return quantile(0.5);
  }

  double worst() {
    return quantile(1);
  }

  /// @param share 0 to 1
  double quantile(double share) {
    if (size == 0) {
      throw new IllegalStateException("nothing was measured");
    }
    var sorted = Arrays.copyOf(values, size);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(size - 1L, Math.round(share * (size - 1)))];
  }
}
