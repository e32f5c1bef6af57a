package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;

/// Any, all as likely.
final class RandomPicker implements ListPicker {
  private final Endpoint[] endpoints;

  /// @param endpoints at least one
  RandomPicker(List<Endpoint> endpoints) {
    this.endpoints = endpoints.toArray(Endpoint[]::new);
  }

  @Override
  public Endpoint pick(long random) {
    return endpoints[(int) Long.remainderUnsigned(random, endpoints.length)];
  }
}
