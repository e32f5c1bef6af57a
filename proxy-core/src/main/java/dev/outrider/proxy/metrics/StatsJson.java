package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// `/stats?format=json`, as Envoy prints it: one line, histograms together as the last element.
public final class StatsJson {
  private final StringBuilder out = new StringBuilder("{\"stats\":[");
  private final HistogramView view;
  private char separator = 0;

  private StatsJson(HistogramView view) {
    this.view = view;
  }

  /// Any thread.
  public static String of(List<StatValue> values, HistogramView view) {
    var json = new StatsJson(view);
    var distributions = new ArrayList<StatValue.Distribution>();
    for (var value : values) {
      switch (value) {
        case StatValue.Text text -> json.entry(text.name()).string(text.value());
        case StatValue.Scalar scalar ->
            json.entry(scalar.name()).out.append(Long.toUnsignedString(scalar.value()));
        case StatValue.Distribution distribution -> distributions.add(distribution);
      }
      if (!(value instanceof StatValue.Distribution)) {
        json.out.append('}');
      }
    }
    if (!distributions.isEmpty()) {
      json.next();
      json.histograms(distributions);
    }
    return json.out.append("]}").toString();
  }

  private StatsJson entry(String name) {
    next();
    out.append("{\"name\":");
    string(name);
    out.append(",\"value\":");
    return this;
  }

  private void next() {
    if (separator != 0) {
      out.append(separator);
    }
    separator = ',';
  }

  private void histograms(List<StatValue.Distribution> all) {
    out.append("{\"histograms\":");
    switch (view) {
      case SUMMARY -> {
        quantileNames("supported_quantiles", "computed_quantiles");
        list(all, each -> named(each, () -> quantiles("values", each)));
        out.append('}');
      }
      case DETAILED -> {
        quantileNames("supported_percentiles", "details");
        list(all, each -> named(each, () -> detail(each)));
        out.append('}');
      }
      case CUMULATIVE -> list(all, each -> named(each, () -> bounds(each, false)));
      case DISJOINT -> list(all, each -> named(each, () -> bounds(each, true)));
    }
    out.append('}');
  }

  /// Opens an object, which its caller ends.
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

  /// RFC 8259 7.
  private void string(String text) {
    out.append('"');
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
