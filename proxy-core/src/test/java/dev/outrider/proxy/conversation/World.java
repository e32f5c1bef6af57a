package dev.outrider.proxy.conversation;

import com.google.protobuf.Any;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// What there is at a step of a script. One thread.
final class World {
  private final Map<ResourceKind, TreeMap<String, Versioned>> resources =
      new EnumMap<>(ResourceKind.class);
  private final Map<ResourceKind, String> versions = new EnumMap<>(ResourceKind.class);

  /// @param version the step that brought it
  record Versioned(String version, Any resource) {}

  World() {
    for (var kind : ResourceKind.values()) {
      resources.put(kind, new TreeMap<>());
      versions.put(kind, "none");
    }
  }

  /// Every resource of a kind, by name.
  Map<String, Versioned> of(ResourceKind kind) {
    return Objects.requireNonNull(resources.get(kind));
  }

  /// The step that changed a kind last.
  String version(ResourceKind kind) {
    return Objects.requireNonNull(versions.get(kind));
  }

  void put(ResourceKind kind, String name, String step, Any resource) {
    of(kind).put(name, new Versioned(step, resource));
    versions.put(kind, step);
  }

  void remove(ResourceKind kind, String name, String step) {
    of(kind).remove(name);
    versions.put(kind, step);
  }
}
