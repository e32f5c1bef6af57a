package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbPolicy.LeastRequest;
import dev.outrider.proxy.cluster.LbPolicy.SlowStart;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What a policy does with endpoints that are all as good: one picker for each list of them.
interface ListPickers extends Function<List<Endpoint>, ListPicker> {

  static ListPickers roundRobin(@Nullable SlowStart slowStart, PickerScope scope) {
    return weighted(
        slowStart, Endpoint::weight, scope, list -> new RoundRobinPicker(list, scope.random()));
  }

  static ListPickers leastRequest(LeastRequest policy, PickerScope scope) {
    ToDoubleFunction<Endpoint> weight =
        policy.activeRequestBias() == 1.0
            ? endpoint -> (double) endpoint.weight() / (endpoint.shared().activeRequests() + 1)
            : endpoint ->
                endpoint.weight()
                    / Math.pow(
                        endpoint.shared().activeRequests() + 1.0, policy.activeRequestBias());
    return weighted(
        policy.slowStart(),
        weight,
        scope,
        list ->
            policy.scansAll()
                ? new FullScanPicker(list, scope.random())
                : new LeastRequestPicker(list, policy.choices(), scope.random()));
  }

  static ListPickers atRandom() {
    return list -> list.isEmpty() ? ListPicker.NOBODY : new RandomPicker(list);
  }

  /// By weight where weights differ or still grow, else as `even` does it.
  private static ListPickers weighted(
      @Nullable SlowStart slowStart,
      ToDoubleFunction<Endpoint> weight,
      PickerScope scope,
      ListPickers even) {
    if (slowStart == null) {
      return list ->
          list.isEmpty()
              ? ListPicker.NOBODY
              : equalWeights(list)
                  ? even.apply(list)
                  : new WeightedPicker(list, weight, scope.random());
    }
    var starts = new SlowStarts(slowStart, scope.clock());
    ToDoubleFunction<Endpoint> growing =
        endpoint -> weight.applyAsDouble(endpoint) * starts.factor(endpoint);
    return list ->
        list.isEmpty()
            ? ListPicker.NOBODY
            : !starts.begin(list) && equalWeights(list)
                ? even.apply(list)
                : new WeightedPicker(list, growing, scope.random());
  }

  private static boolean equalWeights(List<Endpoint> endpoints) {
    for (var endpoint : endpoints) {
      if (endpoint.weight() != endpoints.getFirst().weight()) {
        return false;
      }
    }
    return true;
  }
}
