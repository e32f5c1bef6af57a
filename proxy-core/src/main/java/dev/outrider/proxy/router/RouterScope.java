package dev.outrider.proxy.router;

import dev.outrider.proxy.attributes.HeaderEdits;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.upstream.Upstreams;
import java.util.random.RandomGenerator;

/// What the routers of one filter chain share on one loop.
///
/// @param cells of [RouterStats]
/// @param bodyLimit bytes of a request that are kept for another attempt, where the route does not
///   say it; 0 = any number
/// @param edits what routes do to heads
/// @param ownAddress of this machine, as mirrors are told where a request comes from
public record RouterScope(
    Upstreams upstreams,
    StatCells cells,
    RandomGenerator random,
    int bodyLimit,
    HeaderEdits edits,
    String ownAddress) {
  /// Bytes of a request that are kept for another attempt, or that a mirror may be behind.
  long bodyLimit(AttemptRules rules) {
    if (rules.bodyLimit() >= 0) {
      return rules.bodyLimit();
    }
    var usual = bodyLimit == 0 ? Long.MAX_VALUE : bodyLimit;
    return Math.min(usual, rules.bodyLimitInListener());
  }
}
