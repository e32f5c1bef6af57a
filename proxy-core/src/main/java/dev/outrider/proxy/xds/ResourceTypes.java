package dev.outrider.proxy.xds;

/// The resource types of this proxy. Main loop only.
public interface ResourceTypes {

  ResourceType<?> of(ResourceKind kind);
}
