package dev.outrider.proxy.admin;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.metrics.HistogramView;
import dev.outrider.proxy.metrics.PrometheusText;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatType;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.metrics.StatsJson;
import dev.outrider.proxy.metrics.StatsText;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// `/stats`, `/stats/prometheus` and `/reset_counters`, with Envoy's parameters. All formats but
/// `html`, which people look at and no scraper asks for, are made while they are sent; that one is
/// made as a whole, and the main loop does nothing else meanwhile.
record StatsPage(ServerView server) {
  private static final AdminParameter USED_ONLY =
      AdminParameter.flag(
          "usedonly", "Only include stats that have been written by system since restart");
  private static final AdminParameter FILTER =
      AdminParameter.any("filter", "Regular expression (Google re2) for filtering stats");
  private static final AdminParameter INVERT =
      AdminParameter.flag("invert_filter", "Invert the filter regex");

  private static final List<AdminParameter> PARAMETERS =
      List.of(
          USED_ONLY,
          FILTER,
          INVERT,
          AdminParameter.oneOf("format", "Format to use", "html", "active-html", "text", "json"),
          AdminParameter.oneOf(
              "type",
              "Stat types to include.",
              "All",
              "Counters",
              "Histograms",
              "Gauges",
              "TextReadouts"),
          AdminParameter.oneOf(
              "histogram_buckets",
              "Histogram bucket display mode",
              "cumulative",
              "disjoint",
              "detailed",
              "summary"));

  List<AdminEndpoint> endpoints() {
    return List.of(
        AdminEndpoint.ordering(
            "/reset_counters", "reset all counters to zero", _ -> server.resetCounters()),
        AdminEndpoint.reading("/stats", "print server stats", this::stats)
            .with(PARAMETERS.toArray(AdminParameter[]::new)),
        AdminEndpoint.reading(
                "/stats/prometheus", "print server stats in prometheus format", this::prometheus)
            .with(
                USED_ONLY,
                AdminParameter.flag(
                    "text_readouts",
                    "Render text_readouts as new gaugues with value 0 (increases Prometheus data"
                        + " size)"),
                FILTER,
                INVERT,
                AdminParameter.oneOf(
                    "histogram_buckets",
                    "Histogram bucket display mode",
                    "cumulative",
                    "summary")));
  }

  /// The version of the exposition format is not named, as in Envoy.
  private AdminResponse prometheus(AdminRequest request) {
    var buckets = request.first("histogram_buckets");
    var summaries = "summary".equals(buckets);
    if (buckets != null && !summaries && !buckets.equals("cumulative")) {
      return AdminResponse.text(400, "unsupported prometheus histogram bucket mode");
    }
    var readouts = request.has("text_readouts");
    return print(
        request,
        filter ->
            AdminResponse.parts(
                AdminResponse.TEXT,
                PrometheusText.parts(server.metrics(), filter, readouts, summaries)));
  }

  private AdminResponse stats(AdminRequest request) {
    var format = request.first("format");
    return switch (format == null ? "text" : format) {
      case "text" ->
          print(
              request,
              (filter, types, view) ->
                  AdminResponse.parts(
                      AdminResponse.TEXT, StatsText.parts(server.metrics(), filter, types, view)));
      case "json" ->
          print(
              request,
              (filter, types, view) ->
                  AdminResponse.parts(
                      AdminResponse.JSON, StatsJson.parts(server.metrics(), filter, types, view)));
      case "html" ->
          print(
              request,
              (filter, types, view) ->
                  HtmlPage.stats(
                      PARAMETERS,
                      request,
                      server.metrics().snapshot(filter).stream().filter(types).toList(),
                      view));
      case "active-html" -> HtmlPage.activeStats(PARAMETERS);
      case "prometheus" -> prometheus(request);
      default ->
          AdminResponse.text(
              400, "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n");
    };
  }

  /// Makes a page of those that are asked for.
  private interface Printer {
    AdminResponse print(StatFilter filter, Predicate<StatValue> types, HistogramView view);
  }

  private AdminResponse print(AdminRequest request, Printer printer) {
    var view = view(request.first("histogram_buckets"));
    if (view == null) {
      return AdminResponse.text(
          400, "usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n");
    }
    var types = types(request.first("type"));
    if (types == null) {
      return AdminResponse.text(400, "invalid &type= param");
    }
    return print(request, filter -> printer.print(filter, types, view));
  }

  private AdminResponse print(AdminRequest request, Function<StatFilter, AdminResponse> printer) {
    server.statsAsked();
    try {
      return printer.apply(new StatFilter(request.has("usedonly"), names(request)));
    } catch (PatternSyntaxException malformed) {
      return AdminResponse.malformedRegex(malformed);
    }
  }

  private static @Nullable HistogramView view(@Nullable String name) {
    return switch (name == null ? "summary" : name) {
      case "summary" -> HistogramView.SUMMARY;
      case "cumulative" -> HistogramView.CUMULATIVE;
      case "disjoint" -> HistogramView.DISJOINT;
      case "detailed" -> HistogramView.DETAILED;
      default -> null;
    };
  }

  private static @Nullable Predicate<StatValue> types(@Nullable String name) {
    return switch (name == null ? "All" : name) {
      case "All" -> _ -> true;
      case "Counters" -> scalars(StatType.COUNTER);
      case "Gauges" -> scalars(StatType.GAUGE);
      case "Histograms" -> StatValue.Distribution.class::isInstance;
      case "TextReadouts" -> StatValue.Text.class::isInstance;
      default -> null;
    };
  }

  private static Predicate<StatValue> scalars(StatType type) {
    return value -> value instanceof StatValue.Scalar scalar && scalar.type() == type;
  }

  private static Predicate<String> names(AdminRequest request) {
    var regex = request.first("filter");
    if (regex == null || regex.isEmpty()) {
      return _ -> true;
    }
    var pattern = Pattern.compile(regex);
    var inverted = request.has("invert_filter");
    return name -> pattern.matcher(name).find() != inverted;
  }
}
