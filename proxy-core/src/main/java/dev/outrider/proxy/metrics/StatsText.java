package dev.outrider.proxy.metrics;

import java.math.BigDecimal;

/// The text of `/stats`: a line for each statistic, texts first and histograms last, as Envoy
/// prints it.
public final class StatsText {
  private StatsText() {}

  /// Any thread.
  public static String of(MetricRegistry registry, StatFilter filter) {
    var out = new StringBuilder();
    for (var value : registry.snapshot(filter)) {
      write(value, out);
    }
    return out.toString();
  }

  private static void write(StatValue value, StringBuilder out) {
    out.append(value.name()).append(": ");
    switch (value) {
      case StatValue.Text text -> out.append('"').append(text.value()).append('"');
      case StatValue.Scalar scalar -> out.append(Long.toUnsignedString(scalar.value()));
      case StatValue.Distribution distribution -> write(distribution, out);
    }
    out.append('\n');
  }

  private static void write(StatValue.Distribution distribution, StringBuilder out) {
    if (!distribution.used()) {
      out.append("No recorded values");
      return;
    }
    var interval = distribution.interval();
    var separator = "";
    for (var percent : HistogramSnapshot.QUANTILES) {
      out.append(separator).append('P').append(number(percent)).append('(');
      out.append(number(interval == null ? Double.NaN : interval.quantile(percent)));
      out.append(',').append(number(distribution.cumulative().quantile(percent))).append(')');
      separator = " ";
    }
  }

  /// The shortest digits that give the same number back, never with an exponent.
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : new BigDecimal(Double.toString(value)).toPlainString();
  }
}
