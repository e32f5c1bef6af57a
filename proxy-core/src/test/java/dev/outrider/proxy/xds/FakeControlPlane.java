package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.outrider.proxy.loop.FakeLoop;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A control plane that does what the test says, in memory.
final class FakeControlPlane implements AdsTransport {
  private final FakeLoop loop;
  private final ArrayDeque<DiscoveryRequest> requests = new ArrayDeque<>();
  private @Nullable Receiver receiver;
  private int streams;
  private int nonces;

  FakeControlPlane(FakeLoop loop) {
    this.loop = loop;
  }

  @Override
  public Call open(Receiver newReceiver) {
    var stream = ++streams;
    receiver = newReceiver;
    return new Call() {
      @Override
      public void send(byte[] request) {
        if (stream == streams) {
          requests.add(parse(request));
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

  boolean hasRequests() {
    return !requests.isEmpty();
  }

  void expectSilence() {
    assertThat(requests).isEmpty();
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
    loop.execute(() -> open.onEnd(new End(14, why)));
    loop.runTasks();
  }

  private static DiscoveryRequest parse(byte[] bytes) {
    try {
      return DiscoveryRequest.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
