package dev.outrider.proxy.xds;

/// The resource types of this proxy. Main loop only.
public interface ResourceTypes {

  ResourceType<?> of(ResourceKind kind);

  /// What listeners and clusters are secured with.
  Secrets secrets();
}
