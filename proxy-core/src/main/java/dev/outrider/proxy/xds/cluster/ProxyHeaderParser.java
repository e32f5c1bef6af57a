package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.ProxyTlv;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.core.TlvChoices;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.PerHostConfig;
import io.envoyproxy.envoy.config.core.v3.ProxyProtocolConfig;
import io.envoyproxy.envoy.config.core.v3.TlvEntry;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the PROXY header in front of a transport socket
/// (`transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport`), and what endpoints say
/// in it.
final class ProxyHeaderParser {
  private static final String TYPE =
      "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";
  private static final String NAMESPACE = "envoy.transport_sockets.proxy_protocol";

  private ProxyHeaderParser() {}

  /// A transport socket without its PROXY header.
  ///
  /// @param header null if there was none
  /// @param place where the field `transport_socket` that is `inner` stands
  record Unwrapped(@Nullable ProxyHeaderSpec header, TransportSocket inner, Scope place) {}

  /// @param place where the field `transport_socket` stands
  static Unwrapped unwrap(TransportSocket socket, Scope place) {
    var typed = socket.getTypedConfig();
    if (!ProviderRegistry.typeName(typed.getTypeUrl()).equals(TYPE)) {
      return new Unwrapped(null, socket, place);
    }
    var within = place.field("transport_socket.typed_config");
    try {
      var message = ProxyProtocolUpstreamTransport.parseFrom(typed.getValue());
      return new Unwrapped(
          header(message.getConfig(), within.field("config")),
          message.getTransportSocket(),
          within);
    } catch (InvalidProtocolBufferException malformed) {
      within.problem("is not a " + TYPE + ": " + malformed.getMessage());
      return new Unwrapped(null, TransportSocket.getDefaultInstance(), within);
    }
  }

  private static ProxyHeaderSpec header(ProxyProtocolConfig message, Scope scope) {
    return new ProxyHeaderSpec(
        message.getVersion() == ProxyProtocolConfig.Version.V2,
        TlvChoices.read(message.hasPassThroughTlvs(), message.getPassThroughTlvs()),
        tlvs(message.getAddedTlvsList(), scope));
  }

  private static List<ProxyTlv> tlvs(List<TlvEntry> messages, Scope scope) {
    var tlvs = new ArrayList<ProxyTlv>();
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      scope.item("added_tlvs", i).refuse(message.hasFormatString(), "format_string");
      tlvs.add(new ProxyTlv(message.getType(), message.getValue().toByteArray()));
    }
    return tlvs;
  }

  /// What an endpoint says of itself.
  static List<ProxyTlv> ofEndpoint(Metadata metadata, Scope scope) {
    if (metadata.getTypedFilterMetadataCount() == 0) {
      return List.of();
    }
    var said = metadata.getTypedFilterMetadataMap().get(NAMESPACE);
    if (said == null) {
      return List.of();
    }
    var place = scope.field("metadata.typed_filter_metadata[" + NAMESPACE + "]");
    try {
      return tlvs(said.unpack(PerHostConfig.class).getAddedTlvsList(), place);
    } catch (InvalidProtocolBufferException other) {
      place.problem("is not an envoy.config.core.v3.PerHostConfig: " + other.getMessage());
      return List.of();
    }
  }
}
