package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.random.RandomGenerator;

/// The least busy of all; of those that are as busy, any.
final class FullScanPicker implements ListPicker {
  private final Endpoint[] endpoints;
  private final RandomGenerator random;

  /// @param endpoints at least one
  FullScanPicker(List<Endpoint> endpoints, RandomGenerator random) {
    this.endpoints = endpoints.toArray(Endpoint[]::new);
    this.random = random;
  }

  @Override
  public Endpoint pick(long number) {
    var best = endpoints[0];
    var bestActive = best.shared().activeRequests();
    var asGood = 1;
    for (var i = 1; i < endpoints.length; i++) {
      var active = endpoints[i].shared().activeRequests();
      if (active < bestActive) {
        best = endpoints[i];
        bestActive = active;
        asGood = 1;
      } else if (active == bestActive && random.nextInt(++asGood) == 0) {
        best = endpoints[i];
      }
    }
    return best;
  }
}
