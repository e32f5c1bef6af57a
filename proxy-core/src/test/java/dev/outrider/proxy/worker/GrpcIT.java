package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxy.upstream.GrpcCalloutSpec;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// gRPC from a client of grpc-java through the proxy to a server of grpc-java, HTTP/2 on both
/// sides.
class GrpcIT {
  private static final MethodDescriptor<byte[], byte[]> UNARY = method("Unary", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> FAILS = method("Fails", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> CHAT =
      method("Chat", MethodType.BIDI_STREAMING);

  private final Server server =
      NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .maxInboundMessageSize(16 << 20)
          .addService(
              ServerServiceDefinition.builder("test.Echo")
                  .addMethod(UNARY, ServerCalls.asyncUnaryCall(GrpcIT::echo))
                  .addMethod(FAILS, ServerCalls.asyncUnaryCall(GrpcIT::fail))
                  .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(GrpcIT::chat))
                  .build())
          .build();
  private @Nullable TestProxy proxy;
  private @Nullable ManagedChannel channel;

  private static void echo(byte[] request, StreamObserver<byte[]> responses) {
    responses.onNext(request);
    responses.onCompleted();
  }

  private static void fail(byte[] request, StreamObserver<byte[]> responses) {
    responses.onError(Status.NOT_FOUND.withDescription("no such 100 %").asRuntimeException());
  }

  private static StreamObserver<byte[]> chat(StreamObserver<byte[]> responses) {
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] message) {
        responses.onNext(message);
      }

      @Override
      public void onError(Throwable broken) {}

      @Override
      public void onCompleted() {
        responses.onCompleted();
      }
    };
  }

  private ManagedChannel start(int workers) throws Exception {
    server.start();
    var plain =
        Cluster.withDefaults("grpc", new Discovery.Static(new Assignment("grpc", List.of())));
    var cluster =
        plain.toBuilder()
            .http(
                new UpstreamHttpOptions(
                    HttpVersion.HTTP2,
                    false,
                    Http1Options.DEFAULT,
                    Http2Options.DEFAULT,
                    UpstreamHttpOptions.Limits.DEFAULT))
            .build();
    var started =
        new TestProxy(workers)
            .cluster(cluster, server.getPort())
            .route("/test.Echo/", "grpc")
            .start();
    proxy = started;
    var opened =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), started.port()))
            .usePlaintext()
            .maxInboundMessageSize(16 << 20)
            .build();
    channel = opened;
    return opened;
  }

  @AfterEach
  void stop() throws Exception {
    if (channel != null) {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
    if (proxy != null) {
      proxy.close();
    }
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1_000, 5_000_000})
  void aMessageComesBackAsItWas(int size) throws Exception {
    var message = new byte[size];
    for (var i = 0; i < size; i++) {
      message[i] = (byte) (i * 31);
    }
    var grpc = start(1);

    assertThat(ClientCalls.blockingUnaryCall(grpc, UNARY, CallOptions.DEFAULT, message))
        .isEqualTo(message);
  }

  @Test
  void aFailureComesWithItsStatusAndMessage() throws Exception {
    var grpc = start(1);

    assertThatThrownBy(
            () -> ClientCalls.blockingUnaryCall(grpc, FAILS, CallOptions.DEFAULT, new byte[0]))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
              assertThat(e.getStatus().getDescription()).isEqualTo("no such 100 %");
            });
  }

  @Test
  void aRouteThatIsMissingIsToldInTheShapeOfGrpc() throws Exception {
    var grpc = start(1);
    var elsewhere = UNARY.toBuilder().setFullMethodName("other.Service/Unary").build();

    assertThatThrownBy(
            () -> ClientCalls.blockingUnaryCall(grpc, elsewhere, CallOptions.DEFAULT, new byte[0]))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
  }

  @Test
  void anUpstreamThatIsGoneIsToldAsUnavailable() throws Exception {
    var grpc = start(1);
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);

    assertThatThrownBy(
            () -> ClientCalls.blockingUnaryCall(grpc, UNARY, CallOptions.DEFAULT, new byte[0]))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
              assertThat(e.getStatus().getDescription()).contains("remote connection failure");
            });
  }

  @Test
  void bothSidesStreamAtOnce() throws Exception {
    var grpc = start(1);
    var answers = new Answers();
    var requests =
        ClientCalls.asyncBidiStreamingCall(grpc.newCall(CHAT, CallOptions.DEFAULT), answers);
    for (var i = 0; i < 20; i++) {
      requests.onNext(("m" + i).getBytes(StandardCharsets.US_ASCII));
      assertThat(answers.messages.poll(10, TimeUnit.SECONDS)).asString().isEqualTo("m" + i);
    }
    requests.onCompleted();

    assertThat(answers.end.get(10, TimeUnit.SECONDS)).isEqualTo("completed");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void manyCallsShareFewConnections(int workers) throws Exception {
    var grpc = start(workers);
    var calls = new ArrayList<CompletableFuture<byte[]>>();
    for (var i = 0; i < 200; i++) {
      var done = new CompletableFuture<byte[]>();
      calls.add(done);
      ClientCalls.asyncUnaryCall(
          grpc.newCall(UNARY, CallOptions.DEFAULT),
          ("call" + i).getBytes(StandardCharsets.US_ASCII),
          new StreamObserver<>() {
            @Override
            public void onNext(byte[] message) {
              done.complete(message);
            }

            @Override
            public void onError(Throwable broken) {
              done.completeExceptionally(broken);
            }

            @Override
            public void onCompleted() {}
          });
    }
    for (var i = 0; i < calls.size(); i++) {
      assertThat(calls.get(i).get(20, TimeUnit.SECONDS)).asString().isEqualTo("call" + i);
    }

    assertThat(proxy == null ? 0 : proxy.stat("cluster.grpc.upstream_cx_total"))
        .isBetween(1L, (long) workers);
    assertThat(proxy == null ? 0 : proxy.stat("cluster.grpc.upstream_rq_total")).isEqualTo(200);
  }

  @Test
  void filtersCallWithMessagesBothWays() throws Exception {
    start(1);

    assertThat(call("grpc", "Chat", List.of("a", "bc", ""))).isEqualTo("head a bc  trailers 0 ");
    assertThat(call("grpc", "Fails", List.of(""))).isEqualTo("trailers 5 no such 100 %25");
    assertThat(call("grpc", "Nothing", List.of("x"))).startsWith("trailers 12 ");
  }

  @Test
  void aCallOfAFilterToNobodyEndsAsAClientsWould() throws Exception {
    start(1);
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);

    assertThat(call("nobody", "Unary", List.of())).isEqualTo("refused");
    assertThat(call("grpc", "Unary", List.of("x")))
        .startsWith("14 upstream connect error")
        .contains("remote connection failure");
  }

  private String call(String cluster, String method, List<String> messages) throws Exception {
    var told = new CompletableFuture<String>();
    var started = Objects.requireNonNull(proxy);
    var worker = started.group().workers().getFirst();
    worker
        .loop()
        .execute(
            () -> {
              var metadata = worker.heads().take(HeadKind.REQUEST);
              var spec = new GrpcCalloutSpec(cluster, "test.Echo", method, metadata, 5_000);
              var call = worker.callouts().grpc(spec, new Told(told));
              if (call == null) {
                told.complete("refused");
                return;
              }
              for (var message : messages) {
                assertThat(call.send(message.getBytes(StandardCharsets.US_ASCII), false)).isTrue();
              }
              call.end();
            });
    return told.get(10, TimeUnit.SECONDS);
  }

  private static final class Told implements GrpcCalloutSink {
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<String> told;

    Told(CompletableFuture<String> told) {
      this.told = told;
    }

    @Override
    public void onInitialMetadata(HeaderMap metadata) {
      text.append("head ");
    }

    @Override
    public void onMessage(byte[] message) {
      text.append(new String(message, StandardCharsets.US_ASCII)).append(' ');
    }

    @Override
    public void onTrailingMetadata(HeaderMap metadata) {
      text.append("trailers ");
    }

    @Override
    public void onStatus(int code, String message, String details) {
      told.complete(text.append(code).append(' ').append(message).toString());
    }
  }

  private static final class Answers implements StreamObserver<byte[]> {
    private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> end = new CompletableFuture<>();

    @Override
    public void onNext(byte[] message) {
      messages.add(message);
    }

    @Override
    public void onError(Throwable broken) {
      end.complete(broken.toString());
    }

    @Override
    public void onCompleted() {
      end.complete("completed");
    }
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setFullMethodName("test.Echo/" + name)
        .setType(type)
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
