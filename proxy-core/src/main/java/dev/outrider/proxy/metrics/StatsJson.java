package dev.outrider.proxy.metrics;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// `/stats?format=json`, as Envoy prints it: one line, histograms together as the last element.
public final class StatsJson implements TextParts {
  private final StatsPages pages;
  private final HistogramView view;
  private final StringBuilder out = new StringBuilder("{\"stats\":[");
  private char separator = 0;
  private boolean inHistograms;
  private boolean begun;
  private boolean ended;

  private StatsJson(StatsPages pages, HistogramView view) {
    this.pages = pages;
    this.view = view;
  }

  /// Piece by piece.
  ///
  /// @param types which kinds are wanted
  public static TextParts parts(
      MetricRegistry registry, StatFilter filter, Predicate<StatValue> types, HistogramView view) {
    return new StatsJson(new StatsPages(registry, filter, types), view);
  }

  @Override
  public @Nullable CharSequence next() {
    if (ended) {
      return null;
    }
    if (begun) {
      out.setLength(0);
    }
    begun = true;
    if (!pages.fill(out, this::write)) {
      end();
    }
    return out;
  }

  private void write(StatValue value) {
    switch (value) {
      case StatValue.Text text -> entry(text.name()).string(text.value());
      case StatValue.Scalar scalar -> StatNumber.unsigned(entry(scalar.name()).out, scalar.value());
      case StatValue.Distribution distribution -> histogram(distribution);
    }
    if (!(value instanceof StatValue.Distribution)) {
      out.append('}');
    }
  }

  private void end() {
    ended = true;
    if (inHistograms) {
      out.append(quantiled() ? "]}}" : "]}");
    }
    out.append("]}");
  }

  private StatsJson entry(String name) {
    separate();
    out.append("{\"name\":");
    string(name);
    out.append(",\"value\":");
    return this;
  }

  private void separate() {
    if (separator != 0) {
      out.append(separator);
    }
    separator = ',';
  }

  /// Whether the quantiles are named once, before all histograms.
  private boolean quantiled() {
    return view == HistogramView.SUMMARY || view == HistogramView.DETAILED;
  }

  private void histogram(StatValue.Distribution each) {
    next(inHistograms);
    switch (view) {
      case SUMMARY -> named(each, () -> quantiles("values", each));
      case DETAILED -> named(each, () -> detail(each));
      case CUMULATIVE -> named(each, () -> bounds(each, false));
      case DISJOINT -> named(each, () -> bounds(each, true));
    }
  }

  private void next(boolean begun) {
    separate();
    if (!begun) {
      inHistograms = true;
      out.append("{\"histograms\":");
      switch (view) {
        case SUMMARY -> quantileNames("supported_quantiles", "computed_quantiles");
        case DETAILED -> quantileNames("supported_percentiles", "details");
        case CUMULATIVE, DISJOINT -> {}
      }
      out.append('[');
    }
  }

  /// Opens an object, which [#end] ends.
  private void quantileNames(String names, String values) {
    out.append("{\"").append(names).append("\":");
    list(HistogramSnapshot.QUANTILES, this::number);
    out.append(",\"").append(values).append("\":");
  }

  private void named(StatValue.Distribution distribution, Runnable rest) {
    out.append("{\"name\":");
    string(distribution.name());
    out.append(',');
    rest.run();
    out.append('}');
  }

  private void quantiles(String name, StatValue.Distribution distribution) {
    var interval = distribution.interval();
    out.append('"').append(name).append("\":");
    list(
        HistogramSnapshot.QUANTILES,
        percent -> {
          out.append("{\"cumulative\":");
          number(distribution.cumulative().quantile(percent));
          out.append(",\"interval\":");
          number(interval == null ? Double.NaN : interval.quantile(percent));
          out.append('}');
        });
  }

  private void detail(StatValue.Distribution distribution) {
    out.append("\"totals\":");
    buckets(distribution.cumulative());
    out.append(",\"intervals\":");
    buckets(distribution.interval());
    out.append(',');
    quantiles("percentiles", distribution);
  }

  private void buckets(@Nullable HistogramSnapshot snapshot) {
    out.append('[');
    var start = out.length();
    if (snapshot != null) {
      snapshot.forEachBucket(
          (left, width, count) -> {
            out.append(out.length() == start ? "" : ",").append("{\"lower_bound\":");
            number(left);
            out.append(",\"width\":");
            number(width);
            out.append(",\"count\":").append(count).append('}');
          });
    }
    out.append(']');
  }

  private void bounds(StatValue.Distribution distribution, boolean disjoint) {
    out.append("\"buckets\":");
    list(
        HistogramBounds.of(distribution, disjoint),
        each -> {
          out.append("{\"upper_bound\":");
          number(each.bound());
          out.append(",\"interval\":").append(each.interval());
          out.append(",\"cumulative\":").append(each.cumulative()).append('}');
        });
  }

  private <T> void list(List<T> elements, Consumer<T> print) {
    out.append('[');
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      print.accept(elements.get(i));
    }
    out.append(']');
  }

  private void number(double value) {
    out.append(StatNumber.json(value));
  }

  private static boolean plain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  /// RFC 8259 7.
  private void string(String text) {
    out.append('"');
    if (plain(text)) {
      out.append(text).append('"');
      return;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
