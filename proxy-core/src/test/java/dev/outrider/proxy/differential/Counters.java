package dev.outrider.proxy.differential;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// The statistics of a scenario's lanes, added up over them after its cases have run. A lane's
/// statistics are its own, so what they say is what the scenario did.
record Counters(List<String> names) {
  /// Compared in every scenario that does not say otherwise.
  static final List<String> DEFAULT =
      List.of(
          "http.hcm.downstream_rq_total",
          "http.hcm.downstream_rq_2xx",
          "http.hcm.downstream_rq_3xx",
          "http.hcm.downstream_rq_4xx",
          "http.hcm.downstream_rq_5xx",
          "http.hcm.downstream_rq_active",
          "http.hcm.downstream_rq_timeout",
          "http.hcm.downstream_rq_too_large",
          "http.hcm.downstream_cx_total",
          "http.hcm.downstream_cx_active",
          "http.hcm.downstream_cx_protocol_error",
          "http.hcm.no_route",
          "http.hcm.no_cluster",
          "cluster.up.upstream_rq_total",
          "cluster.up.upstream_rq_2xx",
          "cluster.up.upstream_rq_4xx",
          "cluster.up.upstream_rq_5xx",
          "cluster.up.upstream_rq_active",
          "cluster.up.upstream_rq_timeout",
          "cluster.up.upstream_cx_total",
          "cluster.up.upstream_cx_active",
          "cluster.up.upstream_cx_protocol_error");

  private static final long BETWEEN_NANOS = 50_000_000;
  private static final Pattern LINE = Pattern.compile("(?m)^([^\\s:]+): (\\d+)$");

  /// Zero for what the proxy does not know, as for what has not been counted: `usedonly` leaves
  /// both out.
  Map<String, String> read(RunningProxy proxy, Scenario scenario) throws IOException {
    var sums = new TreeMap<String, Long>();
    names.forEach(name -> sums.put(name, 0L));
    // One question for all lanes: among the statistics of all scenarios each costs a while.
    var first = Bootstraps.AT + scenario.laneName(0);
    var lanes = first.substring(0, first.length() - 1);
    var page = proxy.admin("GET", "/stats?usedonly&filter=" + lanes + "%5B0-9%5D%2B%5C.");
    var at = Pattern.compile(Pattern.quote(lanes) + "\\d+");
    LINE.matcher(page)
        .results()
        .forEach(
            found ->
                sums.computeIfPresent(
                    at.matcher(found.group(1)).replaceFirst(""),
                    (_, sum) -> sum + Long.parseLong(found.group(2))));
    var values = new TreeMap<String, String>();
    sums.forEach((name, sum) -> values.put(name, Long.toString(sum)));
    return values;
  }

  /// Reads both until they agree: a connection that has just ended is counted by a loop that may
  /// not have got to it.
  Comparison compare(
      RunningProxy envoy, RunningProxy outrider, Scenario scenario, Map<String, Listed> differs)
      throws IOException {
    long deadline = System.nanoTime() + 3_000_000_000L;
    while (true) {
      var comparison = Comparison.of(differs, read(envoy, scenario), read(outrider, scenario));
      if (!comparison.failed() || System.nanoTime() > deadline) {
        return comparison;
      }
      LockSupport.parkNanos(BETWEEN_NANOS); // others want something of these proxies too
    }
  }
}
