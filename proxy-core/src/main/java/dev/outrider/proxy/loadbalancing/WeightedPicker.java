package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/// Each endpoint in proportion to its weight, which may change from one turn to the next.
final class WeightedPicker implements ListPicker {
  private final Endpoint[] endpoints;
  private final ToDoubleFunction<Endpoint> weight;
  private final Edf turns;

  /// @param endpoints at least one
  /// @param weight more than 0; asked after each turn of the endpoint
  WeightedPicker(
      List<Endpoint> endpoints, ToDoubleFunction<Endpoint> weight, RandomGenerator random) {
    this.endpoints = endpoints.toArray(Endpoint[]::new);
    this.weight = weight;
    this.turns = new Edf(this.endpoints.length);
    for (var i = 0; i < this.endpoints.length; i++) {
      turns.add(i, weight.applyAsDouble(this.endpoints[i]));
    }
    // Decorrelates the proxies of a fleet, and the workers of one.
    for (var skip = random.nextInt(this.endpoints.length); skip > 0; skip--) {
      pick(0);
    }
  }

  @Override
  public Endpoint pick(long random) {
    var chosen = endpoints[turns.first()];
    turns.taken(weight.applyAsDouble(chosen));
    return chosen;
  }
}
