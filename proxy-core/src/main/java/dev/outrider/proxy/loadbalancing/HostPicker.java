package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbMetadata;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Chooses one endpoint after the other. One loop.
public interface HostPicker {

  /// Null if there is nobody to choose: `no_healthy_upstream`.
  @Nullable Endpoint pick(PickContext context);

  /// The subsets that it divides endpoints into, by what theirs have; empty if it does not.
  default Set<LbMetadata> subsets() {
    return Set.of();
  }
}
