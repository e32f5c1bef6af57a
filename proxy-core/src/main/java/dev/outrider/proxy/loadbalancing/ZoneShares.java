package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.LocalityRule.ZoneAware;
import java.util.List;

/// How much of the requests of this locality's proxies its own endpoints can take, and who takes
/// the rest: Envoy's integer arithmetic, in parts of 10,000.
final class ZoneShares {
  private static final long WHOLE = 10_000;

  private final boolean direct;
  private final long localPart;
  private final long[] residuals;

  /// @param residuals what localities can take of others, each with those before it
  private ZoneShares(boolean direct, long localPart, long[] residuals) {
    this.direct = direct;
    this.localPart = localPart;
    this.residuals = residuals;
  }

  /// @param upstream localities of the cluster, our own first if it has endpoints there
  /// @param proxies localities of the proxies beside us
  static ZoneShares of(
      ZoneAware rule, List<LocalityHosts> upstream, List<LocalityHosts> proxies, Locality own) {
    var count = upstream.size();
    var offered = new long[count];
    var asked = new long[count];
    var offeredInAll = upstream.stream().mapToLong(each -> capacity(rule, each)).sum();
    var askedInAll = proxies.stream().mapToLong(each -> capacity(rule, each)).sum();
    for (var i = 0; i < count; i++) {
      var locality = upstream.get(i).locality();
      if (!upstream.get(i).hosts().healthy().isEmpty()) {
        offered[i] = WHOLE * capacity(rule, upstream.get(i)) / offeredInAll;
        for (var each : proxies) {
          if (each.locality().equals(locality) && askedInAll > 0) {
            asked[i] = WHOLE * capacity(rule, each) / askedInAll;
          }
        }
      }
    }
    var here = upstream.getFirst().isOwn(own);
    if (here && isEnough(rule, upstream.getFirst(), offered[0], asked[0])) {
      return new ZoneShares(true, WHOLE, new long[count]);
    }
    var residuals = new long[count];
    var sum = 0L;
    for (var i = 0; i < count; i++) {
      sum += i == 0 && here ? 0 : Math.max(0, offered[i] - asked[i]);
      residuals[i] = sum;
    }
    return new ZoneShares(
        false, here && asked[0] > 0 ? offered[0] * WHOLE / asked[0] : 0, residuals);
  }

  private static boolean isEnough(ZoneAware rule, LocalityHosts own, long offered, long asked) {
    return (offered > 0 && offered >= asked)
        || (rule.forceLocalMin() > 0 && own.hosts().healthy().size() >= rule.forceLocalMin());
  }

  private static long capacity(ZoneAware rule, LocalityHosts locality) {
    var healthy = locality.hosts().healthy();
    return rule.byHostWeight()
        ? healthy.stream().mapToLong(Endpoint::weight).sum()
        : healthy.size();
  }

  /// Whether all stay here.
  boolean direct() {
    return direct;
  }

  /// How many stay here if not all do.
  long localPart() {
    return localPart;
  }

  /// What all others can take together.
  long residual() {
    return residuals[residuals.length - 1];
  }

  /// @param number below [#residual]
  int localityOf(long number) {
    var locality = 0;
    while (number >= residuals[locality]) {
      locality++;
    }
    return locality;
  }
}
