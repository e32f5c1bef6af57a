package dev.outrider.proxy.xds.secret;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DownstreamTls;
import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.tls.CertificateStats;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.ServerTls;
import dev.outrider.proxy.tls.TlsContexts;
import dev.outrider.proxy.tls.TlsEnd;
import dev.outrider.proxy.xds.core.DataSources;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.TlsAssembly;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Reads transport sockets: plain text and TLS. To ignore another would send secrets in the clear.
/// Files are read and contexts made in the background; secrets that are to be asked for are left to
/// [Secrets].
public final class TransportSockets {
  private static final String RAW_BUFFER =
      "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
  private static final String DOWNSTREAM =
      "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
  private static final String UPSTREAM =
      "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

  private final Secrets secrets;

  public TransportSockets(Secrets secrets) {
    this.secrets = secrets;
  }

  /// What a parse found.
  ///
  /// @param value null if it is plain text, or if there are problems
  /// @param assembly how it is made anew; null if it is plain text or names no secret to ask for
  public record Found<T>(@Nullable T value, @Nullable TlsAssembly assembly, Scope scope) {
    /// Moves the problems to where the whole message is judged.
    public @Nullable T reportTo(Scope whole) {
      whole.problems().addAll(scope.problems());
      return value;
    }
  }

  private interface Decoder<M> {
    M decode(ByteString bytes) throws InvalidProtocolBufferException;
  }

  /// What a chain's connections are secured with. Nothing is written to `place`: see
  /// [Found#reportTo].
  ///
  /// @param statPrefix of the listener
  public CompletionStage<Found<DownstreamTls>> server(
      FilterChain chain, String statPrefix, Scope place) {
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
      return CompletableFuture.completedFuture(new Found<>(null, null, scope));
    }
    var socket = scope.field("transport_socket.typed_config");
    var slots = SecretSlots.of(message, socket, secrets.fixed());
    var tls = new ServerTls();
    var assembly =
        new TlsAssembly(
            tls,
            slots.needs(),
            (known, problems) -> {
              slots.check(known, problems);
              var spec = new TlsReader(problems).server(slots.fill(message, known));
              if (slots.complete(known) && problems.problems().isEmpty()) {
                tls.rotate(spec, TlsContexts.server(spec));
                tell(tls, slots, "listener." + statPrefix);
              }
            },
            socket,
            "listener." + statPrefix + ".server_ssl_socket_factory");
    return made(new DownstreamTls(tls, patience), assembly, scope);
  }

  /// What connections of a cluster are secured with. Nothing is written to `place`: see
  /// [Found#reportTo].
  ///
  /// @param negotiated the service chooses which version of HTTP is spoken
  /// @param place where the field `transport_socket` stands
  /// @param previous of the same cluster, one version earlier: kept if nothing has changed, and
  ///   with it the connections
  public CompletionStage<Found<ClientTls>> client(
      TransportSocket config,
      String statName,
      boolean negotiated,
      Scope place,
      @Nullable ClientTls previous) {
    var scope = place.field("transport_socket").alone();
    var message =
        message(
            !config.equals(TransportSocket.getDefaultInstance()),
            config,
            UPSTREAM,
            UpstreamTlsContext::parseFrom,
            scope);
    if (message == null) {
      return CompletableFuture.completedFuture(new Found<>(null, null, scope));
    }
    var socket = scope.field("typed_config");
    var slots = SecretSlots.of(message, socket, secrets.fixed());
    var needs = slots.needs();
    var tls = new ClientTls(message.getSni(), message.getAutoHostSni(), negotiated);
    var kept = new AtomicReference<>(tls);
    var assembly =
        new TlsAssembly(
            tls,
            needs,
            (known, problems) -> {
              slots.check(known, problems);
              var complete = slots.complete(known);
              var spec = new TlsReader(problems).client(slots.fill(message, known), complete);
              if (!complete || !problems.problems().isEmpty()) {
                return;
              }
              if (needs.isEmpty()
                  && previous != null
                  && previous.negotiated() == negotiated
                  && spec.equals(previous.spec())) {
                kept.set(previous);
              } else {
                tls.rotate(spec, ClientTls.contexts(spec, negotiated));
                tell(tls, slots, "cluster." + statName);
              }
            },
            socket,
            "cluster." + statName + ".client_ssl_socket_factory");
    return made(tls, assembly, scope)
        .thenApply(
            found ->
                found.value() == null
                    ? found
                    : new Found<>(kept.get(), found.assembly(), found.scope()));
  }

  private void tell(TlsEnd tls, SecretSlots slots, String owner) {
    tls.tell(
        CertificateStats.tell(
            secrets.spec().metrics(),
            owner + ".ssl",
            tls.certificates(),
            slots.certificateNames(),
            slots.validationName()));
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

  /// Makes the contexts if all secrets are there; else finds what is wrong with the rest.
  private <T> CompletionStage<Found<T>> made(T value, TlsAssembly assembly, Scope scope) {
    if (!scope.problems().isEmpty()) {
      return CompletableFuture.completedFuture(new Found<>(null, null, scope));
    }
    var known = secrets.known(assembly.needs());
    return CompletableFuture.supplyAsync(
        () -> {
          for (var need : assembly.needs()) {
            check(need.key().source(), scope);
          }
          scope.problems().addAll(assembly.make(known == null ? Map.of() : known));
          var good = scope.problems().isEmpty();
          return new Found<>(
              good ? value : null, good && !assembly.needs().isEmpty() ? assembly : null, scope);
        },
        secrets.spec().background());
  }

  private void check(@Nullable ResourceSource source, Scope scope) {
    switch (source) {
      case null -> {}
      case FileSource file when !DataSources.exists(file.path()) ->
          scope.problem(
              "paths must refer to an existing path in the system: '%s' does not exist"
                  .formatted(file.path()));
      case FileSource _ -> {}
      case RemoteSource service when !secrets.reaches(service) ->
          scope.problem(ConfigSources.unreachable(service));
      case RemoteSource _ -> {}
    }
  }
}
