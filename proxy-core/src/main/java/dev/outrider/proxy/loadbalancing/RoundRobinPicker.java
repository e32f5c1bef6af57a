package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.random.RandomGenerator;

/// One after the other, starting anywhere, so that many proxies do not all begin with the same
/// endpoint.
final class RoundRobinPicker implements ListPicker {
  private final Endpoint[] endpoints;
  private int next;

  /// @param endpoints at least one
  RoundRobinPicker(List<Endpoint> endpoints, RandomGenerator random) {
    this.endpoints = endpoints.toArray(Endpoint[]::new);
    this.next = random.nextInt(endpoints.size());
  }

  @Override
  public Endpoint pick(long random) {
    var chosen = endpoints[next];
    next = next + 1 == endpoints.length ? 0 : next + 1;
    return chosen;
  }
}
