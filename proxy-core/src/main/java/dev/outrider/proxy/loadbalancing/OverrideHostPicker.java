package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbPolicy.OverrideHost;
import org.jspecify.annotations.Nullable;

/// Takes whom the request names, in turn with each attempt (Envoy
/// `envoy.load_balancing_policies.override_host`).
final class OverrideHostPicker implements HostPicker {
  private final OverrideHost policy;
  private final AddressBook addresses;
  private final HostPicker otherwise;

  OverrideHostPicker(OverrideHost policy, AddressBook addresses, HostPicker otherwise) {
    this.policy = policy;
    this.addresses = addresses;
    this.otherwise = otherwise;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var left = context.retries();
    for (var source : policy.sources()) {
      var names = context.requestHeader(source.header());
      if (names != null) {
        for (var name : names.split(",", -1)) {
          var endpoint = addresses.find(name.strip());
          if (endpoint != null && left-- == 0) {
            return endpoint;
          }
        }
      }
    }
    return otherwise.pick(context);
  }
}
