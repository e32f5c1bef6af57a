package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import java.util.Set;

/// A filter whose configuration comes by itself (Envoy `core.v3.ExtensionConfigSource`).
///
/// @param target what it comes as
/// @param types names of the messages that it may be
/// @param waits whether its chain waits for it
public record ExtensionNeed(InitTarget target, Set<String> types, boolean waits) {
  public ExtensionNeed {
    types = Set.copyOf(types);
  }
}
