package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.random.RandomGenerator;

/// The least busy of some that are taken at random, perhaps one more than once; of those that are
/// as busy, the first.
final class LeastRequestPicker implements ListPicker {
  private final Endpoint[] endpoints;
  private final int choices;
  private final RandomGenerator random;

  /// @param endpoints at least one
  LeastRequestPicker(List<Endpoint> endpoints, int choices, RandomGenerator random) {
    this.endpoints = endpoints.toArray(Endpoint[]::new);
    this.choices = choices;
    this.random = random;
  }

  @Override
  public Endpoint pick(long number) {
    var best = endpoints[random.nextInt(endpoints.length)];
    var bestActive = best.shared().activeRequests();
    for (var choice = 1; choice < choices; choice++) {
      var other = endpoints[random.nextInt(endpoints.length)];
      var active = other.shared().activeRequests();
      if (active < bestActive) {
        best = other;
        bestActive = active;
      }
    }
    return best;
  }
}
