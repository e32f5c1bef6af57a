package dev.outrider.proxy.extension;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.schema.WireCursor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Extensions that control planes send to every proxy, though only their own distribution of Envoy
/// has them, and without which traffic flows all the same. They are left out, reported and counted
/// (`extension.ignored.<name>`), where to refuse them would leave the proxy without the listeners
/// and clusters that name them. What is neither known nor in this table is refused, as in Envoy.
public final class IgnorableExtensions {
  private static final int STRUCT_TYPE_URL = 1; // of both TypedStruct messages
  private static final Map<String, String> NAMES =
      Map.of(
          "envoy.tcp.metadataexchange.config.MetadataExchange", "istio.metadata_exchange",
          "io.istio.http.peer_metadata.Config", "istio.peer_metadata",
          "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig", "istio.alpn",
          "stats.PluginConfig", "istio.stats",
          "istio.workload.BootstrapExtension", "istio.workload",
          "envoy.extensions.network_filters.peer_metadata.Config", "istio.network_peer_metadata",
          "envoy.extensions.network_filters.peer_metadata.UpstreamConfig",
              "istio.network_peer_metadata",
          // Listeners that would need it are refused by themselves: by their address.
          "envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
              "envoy.bootstrap.internal_listener");

  private IgnorableExtensions() {}

  public static boolean contains(Any config) {
    var value = new WireCursor(config.getValue().toByteArray());
    return nameOf(ProviderRegistry.typeName(config.getTypeUrl()), value) != null;
  }

  /// The name under which an extension is counted as ignored; null if it is none of these.
  ///
  /// @param typeName full name of the message in its Any
  /// @param value what the Any holds; a TypedStruct names in it the type that is meant
  public static @Nullable String nameOf(String typeName, WireCursor value) {
    return switch (typeName) {
      case "udpa.type.v1.TypedStruct", "xds.type.v3.TypedStruct" -> NAMES.get(meant(value));
      default -> NAMES.get(typeName);
    };
  }

  private static String meant(WireCursor struct) {
    while (struct.next()) {
      if (struct.number() == STRUCT_TYPE_URL && struct.wireType() == WireCursor.BYTES) {
        return ProviderRegistry.typeName(struct.text());
      }
    }
    return "";
  }
}
