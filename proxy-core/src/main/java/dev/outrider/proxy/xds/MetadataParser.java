package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Metadata;

/// Keeps `core.v3.Metadata` as it is, for those who ask for parts of it.
final class MetadataParser {
  private MetadataParser() {}

  static Metadata parse(io.envoyproxy.envoy.config.core.v3.Metadata message) {
    return Metadata.of(message.toByteArray());
  }
}
