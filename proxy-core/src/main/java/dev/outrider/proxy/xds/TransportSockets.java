package dev.outrider.proxy.xds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DownstreamTls;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.ServerTls;
import dev.outrider.proxy.tls.TlsConfigException;
import dev.outrider.proxy.tls.TlsContexts;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads transport sockets: plain text and TLS. To ignore another would send secrets in the clear.
/// Files are read and contexts made in the background.
final class TransportSockets {
  private static final String RAW_BUFFER =
      "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
  private static final String DOWNSTREAM =
      "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
  private static final String UPSTREAM =
      "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

  private final Executor background;

  TransportSockets(Executor background) {
    this.background = background;
  }

  /// What a parse found.
  ///
  /// @param value null if it is plain text, or if there are problems
  record Found<T>(@Nullable T value, Scope scope) {
    /// Moves the problems to where the whole message is judged.
    @Nullable T reportTo(Scope whole) {
      whole.problems().addAll(scope.problems());
      return value;
    }
  }

  private interface Decoder<M> {
    M decode(ByteString bytes) throws InvalidProtocolBufferException;
  }

  /// What a chain's connections are secured with. Nothing is written to `place`: see
  /// [Found#reportTo].
  CompletionStage<Found<DownstreamTls>> server(FilterChain chain, Scope place) {
    var scope = place.alone();
    var patience =
        scope.millis("transport_socket_connect_timeout", chain.getTransportSocketConnectTimeout());
    var message =
        message(
            chain.hasTransportSocket(),
            chain.getTransportSocket(),
            DOWNSTREAM,
            DownstreamTlsContext::parseFrom,
            scope.field("transport_socket"));
    if (message == null) {
      return CompletableFuture.completedFuture(new Found<>(null, scope));
    }
    var socket = scope.field("transport_socket.typed_config");
    return made(
        scope,
        () -> {
          var spec = new TlsReader(socket).server(message);
          if (!scope.problems().isEmpty()) {
            return null;
          }
          return new DownstreamTls(new ServerTls(spec, TlsContexts.server(spec)), patience);
        });
  }

  /// What a cluster's connections are secured with. Nothing is written to `place`: see
  /// [Found#reportTo].
  ///
  /// @param previous of the same cluster, one version earlier: kept if nothing has changed, and
  ///   with it the connections
  CompletionStage<Found<ClientTls>> client(
      boolean isSet, TransportSocket message, Scope place, @Nullable ClientTls previous) {
    var scope = place.alone();
    var context =
        message(
            isSet,
            message,
            UPSTREAM,
            UpstreamTlsContext::parseFrom,
            scope.field("transport_socket"));
    if (context == null) {
      return CompletableFuture.completedFuture(new Found<>(null, scope));
    }
    var socket = scope.field("transport_socket.typed_config");
    return made(
        scope,
        () -> {
          var spec = new TlsReader(socket).client(context);
          if (!scope.problems().isEmpty()) {
            return null;
          }
          if (previous != null && previous.spec().equals(spec)) {
            return previous;
          }
          return new ClientTls(
              spec,
              TlsContexts.client(spec, List.of("http/1.1")),
              TlsContexts.client(spec, List.of("h2")),
              TlsContexts.client(spec, List.of()));
        });
  }

  private static <M> @Nullable M message(
      boolean isSet, TransportSocket socket, String type, Decoder<M> decoder, Scope place) {
    if (!isSet) {
      return null;
    }
    var given = ProviderRegistry.typeName(socket.getTypedConfig().getTypeUrl());
    if (given.equals(RAW_BUFFER)) {
      return null;
    }
    if (!given.equals(type)) {
      place.problem(
          "Didn't find a registered implementation for '%s' with type URL: '%s'"
              .formatted(socket.getName(), given));
      return null;
    }
    try {
      return decoder.decode(socket.getTypedConfig().getValue());
    } catch (InvalidProtocolBufferException e) {
      place.problem("typed_config", String.valueOf(e.getMessage()));
      return null;
    }
  }

  private <T> CompletionStage<Found<T>> made(Scope scope, Supplier<@Nullable T> making) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new Found<>(making.get(), scope);
          } catch (TlsConfigException e) {
            scope.problem("transport_socket", String.valueOf(e.getMessage()));
            return new Found<>(null, scope);
          }
        },
        background);
  }
}
