package dev.outrider.proxy.controlplane;

import com.google.protobuf.Any;
import dev.outrider.proxy.controlplane.AdsServer.Pushed;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One proxy's stream: what it asked for, what it was sent and what it said to that. Only on the
/// server's thread.
final class ProxyStream {
  private static final Logger LOG = LoggerFactory.getLogger("controlplane");

  private final StreamObserver<byte[]> responses;
  private final Map<ResourceKind, Pushed> pushed;
  private final Consumer<Answer> answers;
  private final Map<ResourceKind, Watch> watches = new EnumMap<>(ResourceKind.class);
  private long nonces;
  private boolean over;

  /// @param pushed the state of every kind, shared with the server
  ProxyStream(
      StreamObserver<byte[]> responses,
      Map<ResourceKind, Pushed> pushed,
      Consumer<Answer> answers) {
    this.responses = responses;
    this.pushed = pushed;
    this.answers = answers;
  }

  /// What one type's side of the stream is at.
  private static final class Watch {
    private Set<String> names = Set.of();
    private String nonce = "";
    private String version = "";
    private boolean answered;
  }

  void onRequest(DiscoveryRequest request) {
    var kind = kind(request.getTypeUrl());
    if (kind == null) {
      LOG.warn("a proxy asked for {}, which is not served", request.getTypeUrl());
      return;
    }
    var watch = watches.computeIfAbsent(kind, _ -> new Watch());
    if (!request.getResponseNonce().equals(watch.nonce)) {
      // An answer to something that was overtaken by a later response.
      return;
    }
    var names = Set.copyOf(request.getResourceNamesList());
    var asks = watch.nonce.isEmpty() || watch.answered || !names.equals(watch.names);
    watch.names = names;
    if (!watch.nonce.isEmpty() && !watch.answered) {
      watch.answered = true;
      answers.accept(answer(request, watch));
    }
    var state = pushed.get(kind);
    if (asks && state != null) {
      send(kind, watch, state);
    }
  }

  /// Sends a new state of a kind, if the proxy asked for the kind.
  void push(ResourceKind kind, Pushed state) {
    var watch = watches.get(kind);
    if (watch != null) {
      send(kind, watch, state);
    }
  }

  void end() {
    if (!over) {
      over = true;
      responses.onCompleted();
    }
  }

  private void send(ResourceKind kind, Watch watch, Pushed state) {
    if (over) {
      return;
    }
    nonces++;
    watch.nonce = Long.toString(nonces);
    watch.version = state.version();
    watch.answered = false;
    var response =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(kind.typeUrl())
            .setVersionInfo(state.version())
            .setNonce(watch.nonce)
            .addAllResources(wanted(kind, watch, state));
    responses.onNext(response.build().toByteArray());
  }

  private static List<Any> wanted(ResourceKind kind, Watch watch, Pushed state) {
    var wanted = new ArrayList<Any>();
    state
        .resources()
        .forEach(
            (name, resource) -> {
              if (kind.fullState() || watch.names.contains(name)) {
                wanted.add(resource);
              }
            });
    return wanted;
  }

  private static Answer answer(DiscoveryRequest request, Watch watch) {
    return new Answer(
        request.getTypeUrl(),
        watch.version,
        !request.hasErrorDetail(),
        request.getErrorDetail().getMessage());
  }

  private static @Nullable ResourceKind kind(String typeUrl) {
    for (var kind : ResourceKind.values()) {
      if (kind.typeUrl().equals(typeUrl)) {
        return kind;
      }
    }
    return null;
  }
}
