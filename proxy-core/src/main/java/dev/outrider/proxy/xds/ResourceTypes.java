package dev.outrider.proxy.xds;

import org.jspecify.annotations.Nullable;

/// The resource types of this proxy. Main loop only.
public interface ResourceTypes {

  ResourceType<?> of(ResourceKind kind);

  /// Clusters of a bootstrap.
  ///
  /// @param adsCluster the one among them that is the control plane, spoken to by gRPC; null
  ///   without one
  ResourceType<?> clusters(@Nullable String adsCluster);
}
