package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.cluster.Metadata;

/// Keeps `core.v3.Metadata` as it is, for those who ask for parts of it.
public final class MetadataParser {
  private MetadataParser() {}

  public static Metadata parse(io.envoyproxy.envoy.config.core.v3.Metadata message) {
    return Metadata.of(message.toByteArray());
  }
}
