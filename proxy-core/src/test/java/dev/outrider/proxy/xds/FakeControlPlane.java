package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsTransport;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A control plane that does what the test says, in memory.
final class FakeControlPlane implements AdsTransport {
  private final FakeLoop loop;
  private final ArrayDeque<DiscoveryRequest> requests = new ArrayDeque<>();
  private final ArrayDeque<DeltaDiscoveryRequest> deltaRequests = new ArrayDeque<>();
  private @Nullable Receiver receiver;
  private int streams;
  private int nonces;

  FakeControlPlane(FakeLoop loop) {
    this.loop = loop;
  }

  @Override
  public Call open(Protocol protocol, Receiver newReceiver) {
    var stream = ++streams;
    receiver = newReceiver;
    return new Call() {
      @Override
      public void send(byte[] request) {
        if (stream == streams) {
          switch (protocol) {
            case STATE_OF_THE_WORLD -> requests.add(parse(DiscoveryRequest.parser(), request));
            case DELTA -> deltaRequests.add(parse(DeltaDiscoveryRequest.parser(), request));
          }
        }
      }

      @Override
      public void cancel() {
        receiver = null;
      }
    };
  }

  int streams() {
    return streams;
  }

  boolean connected() {
    return receiver != null;
  }

  /// The next request that was not looked at yet.
  DiscoveryRequest request() {
    var next = requests.poll();
    assertThat(next).as("a request").isNotNull();
    return Objects.requireNonNull(next);
  }

  /// The next request, which must be of this kind.
  DiscoveryRequest request(ResourceKind kind) {
    var next = request();
    assertThat(next.getTypeUrl()).isEqualTo(kind.typeUrl());
    return next;
  }

  /// The next request of a delta stream, which must be of this kind.
  DeltaDiscoveryRequest deltaRequest(ResourceKind kind) {
    var request = anyDeltaRequest();
    assertThat(request.getTypeUrl()).isEqualTo(kind.typeUrl());
    return request;
  }

  DeltaDiscoveryRequest anyDeltaRequest() {
    var next = deltaRequests.poll();
    assertThat(next).as("a request").isNotNull();
    return Objects.requireNonNull(next);
  }

  boolean hasRequests() {
    return !requests.isEmpty() || !deltaRequests.isEmpty();
  }

  void expectSilence() {
    assertThat(requests).isEmpty();
    assertThat(deltaRequests).isEmpty();
  }

  /// Sends what changed, every resource in `version`, and lets the proxy work on it; returns its
  /// nonce.
  ///
  /// @param changed by name
  String change(
      ResourceKind kind, String version, Map<String, Message> changed, String... removed) {
    var response = DeltaDiscoveryResponse.newBuilder();
    changed.forEach(
        (name, message) ->
            response.addResources(
                Resource.newBuilder()
                    .setName(name)
                    .setVersion(version)
                    .setResource(Any.pack(message))));
    return change(kind, version, response.addAllRemovedResources(List.of(removed)));
  }

  String change(ResourceKind kind, String version, DeltaDiscoveryResponse.Builder response) {
    var nonce = "n" + ++nonces;
    var bytes =
        response
            .setTypeUrl(kind.typeUrl())
            .setSystemVersionInfo("s" + version)
            .setNonce(nonce)
            .build()
            .toByteArray();
    var open = Objects.requireNonNull(receiver, "no stream is open");
    loop.execute(() -> open.onMessage(bytes));
    loop.runTasks();
    return nonce;
  }

  /// Sends a response and lets the proxy work on it; returns its nonce.
  String respond(ResourceKind kind, String version, Message... resources) {
    var anys = new Any[resources.length];
    for (var i = 0; i < resources.length; i++) {
      anys[i] = Any.pack(resources[i]);
    }
    return respondPacked(kind.typeUrl(), version, anys);
  }

  String respondPacked(String typeUrl, String version, Any... resources) {
    var nonce = "n" + ++nonces;
    var response =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(typeUrl)
            .setVersionInfo(version)
            .setNonce(nonce)
            .addAllResources(List.of(resources))
            .build();
    var open = Objects.requireNonNull(receiver, "no stream is open");
    loop.execute(() -> open.onMessage(response.toByteArray()));
    loop.runTasks();
    return nonce;
  }

  /// Sends something, whatever it is.
  void send(byte[] bytes) {
    var open = Objects.requireNonNull(receiver, "no stream is open");
    loop.execute(() -> open.onMessage(bytes));
    loop.runTasks();
  }

  void connect() {
    var open = Objects.requireNonNull(receiver, "no stream is open");
    loop.execute(open::onReady);
    loop.runTasks();
  }

  /// Ends the stream; what was requested on it is forgotten.
  void drop(String why) {
    var open = Objects.requireNonNull(receiver, "no stream is open");
    receiver = null;
    requests.clear();
    deltaRequests.clear();
    loop.execute(() -> open.onEnd(new End(14, why)));
    loop.runTasks();
  }

  private static <T> T parse(Parser<T> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
