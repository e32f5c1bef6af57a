package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import org.jspecify.annotations.Nullable;

/// Chooses one endpoint after the other. One loop.
public interface HostPicker {

  /// Null if there is nobody to choose: `no_healthy_upstream`.
  @Nullable Endpoint pick(PickContext context);
}
