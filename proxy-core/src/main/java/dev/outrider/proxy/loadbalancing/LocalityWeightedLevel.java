package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A priority whose localities get requests by their weights.
final class LocalityWeightedLevel implements PriorityPicker.Level {
  private final @Nullable Turns healthy;
  private final @Nullable Turns degraded;
  private final PriorityPicker.Level unweighted;

  /// @param unweighted chooses where no locality has a weight and an endpoint
  LocalityWeightedLevel(
      List<LocalityHosts> localities,
      int overprovisioning,
      ListPickers pickers,
      PriorityPicker.Level unweighted,
      RandomGenerator random) {
    this.healthy = Turns.of(localities, overprovisioning, pickers, HostSet::healthy, random);
    this.degraded = Turns.of(localities, overprovisioning, pickers, HostSet::degraded, random);
    this.unweighted = unweighted;
  }

  @Override
  public @Nullable Endpoint pick(boolean wantsDegraded, long random) {
    var turns = wantsDegraded ? degraded : healthy;
    return turns == null ? unweighted.pick(wantsDegraded, random) : turns.pick(random);
  }

  /// Localities with endpoints of one state of health.
  private static final class Turns {
    private final Edf order;
    private final double[] weights;
    private final ListPicker[] pickers;

    private Turns(int localities) {
      order = new Edf(localities);
      weights = new double[localities];
      pickers = new ListPicker[localities];
    }

    static @Nullable Turns of(
        List<LocalityHosts> localities,
        int overprovisioning,
        ListPickers pickers,
        Function<HostSet, List<Endpoint>> available,
        RandomGenerator random) {
      var turns = new Turns(localities.size());
      for (var i = 0; i < localities.size(); i++) {
        var hosts = available.apply(localities.get(i).hosts());
        turns.weights[i] = localities.get(i).effectiveWeight(hosts.size(), overprovisioning);
        turns.pickers[i] = pickers.apply(hosts);
        if (turns.weights[i] > 0) {
          turns.order.add(i, turns.weights[i]);
        }
      }
      if (turns.order.size() == 0) {
        return null;
      }
      for (var skip = random.nextInt(turns.order.size()); skip > 0; skip--) {
        turns.next();
      }
      return turns;
    }

    int next() {
      var locality = order.first();
      order.taken(weights[locality]);
      return locality;
    }

    @Nullable Endpoint pick(long random) {
      return pickers[next()].pick(random);
    }
  }
}
