package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
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
      var message = Secret.getDefaultInstance();
      if (response.getResourcesCount() == 0) {
        scope.problem("Missing SDS resources for " + key.name());
      } else if (response.getResourcesCount() > 1) {
        scope.problem("Unexpected SDS secrets length: " + response.getResourcesCount());
      } else {
        message = secret(response, scope);
      }
      return scope.result(new Content(response.getVersionInfo(), message));
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return new Parsed.Invalid<>(scope.problems());
    }
  }

  private Secret secret(DiscoveryResponse response, Scope scope)
      throws InvalidProtocolBufferException {
    var resource = response.getResources(0);
    if (!ProviderRegistry.typeName(resource.getTypeUrl())
        .equals(ResourceKind.SECRET.messageName())) {
      scope.problem("holds a resource of type " + resource.getTypeUrl());
      return Secret.getDefaultInstance();
    }
    var message = Secret.parseFrom(resource.getValue());
    if (!message.getName().equals(key.name())) {
      scope.problem(
          "Unexpected SDS secret (expecting %s): %s".formatted(key.name(), message.getName()));
    }
    return message;
  }
}
