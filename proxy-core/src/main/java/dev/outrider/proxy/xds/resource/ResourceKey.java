package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.ResourceSource;
import org.jspecify.annotations.Nullable;

/// What a resource is known by.
///
/// @param source where it comes from; null = from the control plane, or from the bootstrap
public record ResourceKey(ResourceKind kind, String name, @Nullable ResourceSource source) {

  /// From the control plane.
  public ResourceKey(ResourceKind kind, String name) {
    this(kind, name, null);
  }

  /// The file that it comes from; null = it comes from elsewhere.
  public @Nullable FileSource file() {
    return source instanceof FileSource file ? file : null;
  }

  /// What workers know it by: different for resources of one name that come from different places.
  public String handle() {
    return source == null ? name : toString();
  }

  @Override
  public String toString() {
    return kind.called(name)
        + switch (source) {
          case null -> "";
          case FileSource file -> " of file '" + file.path() + "'";
          case DiscoveryService service -> " of cluster '" + service.cluster() + "'";
        };
  }
}
