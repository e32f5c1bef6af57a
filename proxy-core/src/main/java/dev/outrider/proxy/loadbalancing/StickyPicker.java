package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.LbMetadata;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes the endpoint that a session sticks to, if there is one and it may be used; everything else
/// is the policy's (Envoy `HostUtility::selectOverrideHost`).
final class StickyPicker implements HostPicker {
  private final AddressBook addresses;
  private final Set<HealthStatus> allowed;
  private final HostPicker policy;

  /// @param allowed the states in which an endpoint may be used
  StickyPicker(AddressBook addresses, Set<HealthStatus> allowed, HostPicker policy) {
    this.addresses = addresses;
    this.allowed = allowed;
    this.policy = policy;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var wanted = context.retries() > 0 ? null : context.overrideHost();
    if (wanted == null) {
      return policy.pick(context);
    }
    var found = addresses.find(wanted);
    if (found != null && allowed.contains(status(found))) {
      return found;
    }
    return context.overrideHostStrict() ? null : policy.pick(context);
  }

  @Override
  public Set<LbMetadata> subsets() {
    return policy.subsets();
  }

  private static HealthStatus status(Endpoint endpoint) {
    var flags = endpoint.healthFlags();
    if (HealthFlag.FAILED_ACTIVE_HC.in(flags) || HealthFlag.FAILED_OUTLIER_CHECK.in(flags)) {
      return HealthStatus.UNHEALTHY;
    }
    return switch (endpoint.edsHealth()) {
      case UNHEALTHY, DRAINING, TIMEOUT, DEGRADED -> endpoint.edsHealth();
      case UNKNOWN, HEALTHY ->
          HealthFlag.DEGRADED_ACTIVE_HC.in(flags) ? HealthStatus.DEGRADED : endpoint.edsHealth();
    };
  }
}
