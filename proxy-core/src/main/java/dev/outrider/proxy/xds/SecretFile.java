package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.nio.charset.StandardCharsets;

/// The file that a secret comes from: a `DiscoveryResponse` as YAML or JSON that holds it and
/// nothing else.
record SecretFile(ResourceKey key, FileSource file, ConfigReader reader) {
  private static final String RESPONSE = "envoy.service.discovery.v3.DiscoveryResponse";

  /// What was found.
  ///
  /// @param version empty if the file has none
  record Content(String version, Secret message) {}

  /// In the background.
  Parsed<Content> read() {
    var scope = Scope.of(key.toString());
    var bytes = DataSources.file(file.path(), scope);
    if (bytes == null) {
      return new Parsed.Invalid<>(scope.problems());
    }
    var text = new String(bytes.bytes(), StandardCharsets.UTF_8);
    return reader
        .read(ConfigText.ofFile(file.path(), text), RESPONSE)
        .then(wire -> content(wire, scope));
  }

  private Parsed<Content> content(byte[] wire, Scope scope) {
    try {
      var response = DiscoveryResponse.parseFrom(wire);
      return SecretStream.only(key, response.getResourcesList(), scope)
          .then(message -> Parsed.valid(new Content(response.getVersionInfo(), message)));
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return new Parsed.Invalid<>(scope.problems());
    }
  }
}
