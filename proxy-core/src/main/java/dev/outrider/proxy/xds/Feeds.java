package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.xds.file.FileDiscovery;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import java.util.HashMap;
import java.util.Map;

/// The places, other than the control plane, that resources come from: a conversation with each for
/// as long as somebody needs what it brings. Main loop only.
final class Feeds {
  private final ResourceTypes types;
  private final Map<ResourceKey, Feed> open = new HashMap<>();

  /// One that was begun.
  private interface Feed {
    void close();
  }

  Feeds(ResourceTypes types) {
    this.types = types;
  }

  /// Asks for one resource where it comes from, until [#close].
  ///
  /// @param onNothing told when there is nothing to be had there
  void open(ResourceKey key, ResponseHandler handler, Runnable onNothing) {
    open.computeIfAbsent(
        key,
        _ ->
            switch (key.source()) {
              case FileSource file -> file(key.kind(), file, handler, onNothing);
              case null, default -> throw new IllegalArgumentException("not a place: " + key);
            });
  }

  void close(ResourceKey key) {
    var feed = open.remove(key);
    if (feed != null) {
      feed.close();
    }
  }

  /// All resources of a kind from a file, for good.
  void openWhole(ResourceKind kind, FileSource file, ResponseHandler handler, Runnable onNothing) {
    var _ = file(kind, file, handler, onNothing);
  }

  private Feed file(
      ResourceKind kind, FileSource file, ResponseHandler handler, Runnable onNothing) {
    var files = types.secrets();
    var discovery = new FileDiscovery(kind, file, files.spec(), handler, onNothing);
    discovery.start(files.folders());
    return discovery::close;
  }
}
