package dev.outrider.proxy.metrics;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The text of `/stats`: a line for each statistic, texts first and histograms last, as Envoy
/// prints it.
public final class StatsText {
  private final HistogramView view;
  private final StringBuilder out = new StringBuilder();

  private StatsText(HistogramView view) {
    this.view = view;
  }

  /// Piece by piece.
  ///
  /// @param types which kinds are wanted
  public static TextParts parts(
      MetricRegistry registry, StatFilter filter, Predicate<StatValue> types, HistogramView view) {
    var pages = new StatsPages(registry, filter, types);
    var text = new StatsText(view);
    return () -> {
      text.out.setLength(0);
      return pages.fill(text.out, text::write) ? text.out : null;
    };
  }

  /// Any thread.
  public static String of(MetricRegistry registry, StatFilter filter) {
    return parts(registry, filter, _ -> true, HistogramView.SUMMARY).all();
  }

  /// Any thread.
  public static String of(List<StatValue> values, HistogramView view) {
    var text = new StatsText(view);
    values.forEach(text::write);
    return text.out.toString();
  }

  private void write(StatValue value) {
    out.append(value.name()).append(':');
    switch (value) {
      case StatValue.Text text -> out.append(" \"").append(text.value()).append('"');
      case StatValue.Scalar scalar -> StatNumber.unsigned(out.append(' '), scalar.value());
      case StatValue.Distribution distribution -> write(distribution);
    }
    out.append('\n');
  }

  private void write(StatValue.Distribution distribution) {
    if (!distribution.used()) {
      out.append(" No recorded values");
      return;
    }
    if (view == HistogramView.DETAILED) {
      out.append("\n  totals=");
      buckets(distribution.cumulative());
      out.append("\n  intervals=");
      buckets(distribution.interval());
      out.append("\n  summary=");
      quantiles(distribution);
      return;
    }
    out.append(' ');
    if (view == HistogramView.SUMMARY) {
      quantiles(distribution);
    } else {
      bounds(HistogramBounds.of(distribution, view == HistogramView.DISJOINT));
    }
  }

  private void quantiles(StatValue.Distribution distribution) {
    var interval = distribution.interval();
    var separator = "";
    for (var percent : HistogramSnapshot.QUANTILES) {
      out.append(separator).append('P').append(StatNumber.plain(percent)).append('(');
      out.append(StatNumber.plain(interval == null ? Double.NaN : interval.quantile(percent)));
      out.append(',');
      out.append(StatNumber.plain(distribution.cumulative().quantile(percent))).append(')');
      separator = " ";
    }
  }

  private void bounds(List<HistogramBounds> bounds) {
    var separator = "";
    for (var each : bounds) {
      out.append(separator).append('B').append(StatNumber.general(each.bound()));
      out.append('(').append(each.interval()).append(',').append(each.cumulative()).append(')');
      separator = " ";
    }
  }

  private void buckets(@Nullable HistogramSnapshot snapshot) {
    if (snapshot == null) {
      return;
    }
    var start = out.length();
    snapshot.forEachBucket(
        (left, width, count) -> {
          out.append(out.length() == start ? "" : ", ").append(StatNumber.plain(left));
          out.append(',').append(StatNumber.plain(width)).append(':').append(count);
        });
  }
}
