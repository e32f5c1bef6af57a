package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One after the other, starting anywhere, so that many proxies do not all begin with the same
/// endpoint.
final class RoundRobinPicker implements HostPicker {
  private final Endpoint[] endpoints;
  private int next;

  RoundRobinPicker(List<Endpoint> endpoints, RandomGenerator random) {
    this.endpoints = endpoints.toArray(Endpoint[]::new);
    this.next = endpoints.isEmpty() ? 0 : random.nextInt(endpoints.size());
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    if (endpoints.length == 0) {
      return null;
    }
    var chosen = endpoints[next];
    next = next + 1 == endpoints.length ? 0 : next + 1;
    return chosen;
  }
}
