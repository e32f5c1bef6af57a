package dev.outrider.proxy.xds;

import org.jspecify.annotations.Nullable;

/// What a resource is known by.
///
/// @param file where it comes from; null = from the control plane, or from the bootstrap
public record ResourceKey(ResourceKind kind, String name, @Nullable FileSource file) {

  /// From the control plane.
  public ResourceKey(ResourceKind kind, String name) {
    this(kind, name, null);
  }

  @Override
  public String toString() {
    return kind.called(name) + (file == null ? "" : " of file '" + file.path() + "'");
  }
}
