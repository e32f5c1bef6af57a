package dev.outrider.proxy.xds.secret;

import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.file.FileDiscovery;
import dev.outrider.proxy.xds.resource.ResourceKey;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;

/// The file that a secret comes from: a `DiscoveryResponse` as YAML or JSON that holds it and
/// nothing else.
record SecretFile(ResourceKey key, FileSource file, ConfigReader reader) {
  /// What was found.
  ///
  /// @param version empty if the file has none
  record Content(String version, Secret message) {}

  /// In the background.
  Parsed<Content> read() {
    return FileDiscovery.read(file, reader).then(this::content);
  }

  private Parsed<Content> content(DiscoveryResponse response) {
    return SecretStream.only(key, response.getResourcesList(), Scope.of(key.toString()))
        .then(message -> Parsed.valid(new Content(response.getVersionInfo(), message)));
  }
}
