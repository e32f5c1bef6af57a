package dev.outrider.proxy.admin;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.PrometheusText;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsText;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/// `/stats` and `/stats/prometheus`, with Envoy's parameters `usedonly`, `filter` and `format`.
record StatsPage(MetricRegistry registry) {
  /// The version of the exposition format is not named, as in Envoy.
  AdminResponse prometheus(AdminRequest request) {
    return print(request, PrometheusText::of);
  }

  AdminResponse stats(AdminRequest request) {
    var format = request.first("format");
    return switch (format == null ? "text" : format) {
      case "text" -> print(request, StatsText::of);
      case "prometheus" -> prometheus(request);
      default -> AdminResponse.text(400, "usage: /stats?format=text or /stats?format=prometheus\n");
    };
  }

  private AdminResponse print(
      AdminRequest request, BiFunction<MetricRegistry, StatFilter, String> printer) {
    try {
      var regex = request.first("filter");
      Predicate<String> names = regex == null ? _ -> true : finder(Pattern.compile(regex));
      return AdminResponse.text(
          printer.apply(registry, new StatFilter(request.has("usedonly"), names)));
    } catch (PatternSyntaxException malformed) {
      return AdminResponse.malformedRegex(malformed);
    }
  }

  private static Predicate<String> finder(Pattern pattern) {
    return name -> pattern.matcher(name).find();
  }
}
