package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes the endpoint that a session sticks to, if there is one and it may be used; everything else
/// is the policy's (Envoy `HostUtility::selectOverrideHost`).
final class StickyPicker implements HostPicker {
  private final List<Endpoint> endpoints;
  private final HostPicker policy;
  private @Nullable Map<String, Endpoint> byAddress;

  StickyPicker(List<Endpoint> endpoints, HostPicker policy) {
    this.endpoints = endpoints;
    this.policy = policy;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var wanted = context.overrideHost();
    if (wanted == null) {
      return policy.pick(context);
    }
    var found = byAddress().get(wanted);
    if (found != null && (found.healthy() || found.degraded())) {
      return found;
    }
    return context.overrideHostStrict() ? null : policy.pick(context);
  }

  /// Made for the first session: most clusters have none.
  private Map<String, Endpoint> byAddress() {
    var known = byAddress;
    if (known == null) {
      known = new HashMap<>();
      for (var endpoint : endpoints) {
        known.put(endpoint.address().text(), endpoint);
      }
      byAddress = known;
    }
    return known;
  }
}
