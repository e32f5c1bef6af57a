package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.Discovered;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import java.util.Set;

/// A filter whose configuration comes by itself (Envoy `core.v3.ExtensionConfigSource`).
///
/// @param target what it comes as
/// @param types names of the messages that it may be
/// @param place what kind of filter it is
/// @param waits whether its chain waits for it
public record ExtensionNeed(InitTarget target, Set<String> types, Place place, boolean waits) {
  public ExtensionNeed {
    types = Set.copyOf(types);
  }

  /// Where a filter stands.
  public enum Place {
    HTTP("http_filter"),
    NETWORK("network_filter"),
    /// The one that ends its chain.
    NETWORK_END("network_filter"),
    LISTENER("tcp_listener_filter");

    private final String statName;

    Place(String statName) {
      this.statName = statName;
    }

    /// Whether a filter of that kind may stand there.
    public boolean takes(Discovered config) {
      return switch (config) {
        case Discovered.Http _ -> this == HTTP;
        case Discovered.Network _ -> this == NETWORK || this == NETWORK_END;
        case Discovered.Listener _ -> this == LISTENER;
      };
    }
  }

  /// The subscription that it stands for.
  Subscriptions.Owned subscription() {
    return new Subscriptions.Owned(place.statName + "." + target.key().name(), target.key());
  }
}
