package dev.outrider.proxy.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Guests that call a server of grpc-java through a whole proxy. Each guest holds its request until
/// it has an answer, which it gives to the client as a local response: gRPC's status in the
/// hundreds (400 + status), the message as the body.
@Timeout(120)
class GuestGrpcIT {
  private static final String REMEMBER = "(global.set $stream (local.get 0))";
  private static final String BACK =
      "(drop (call $proxy_set_effective_context (global.get $stream)))";

  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private final Server service =
      NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .addService(
              ServerServiceDefinition.builder("test.Echo")
                  .addMethod(
                      method("Unary", MethodType.UNARY),
                      ServerCalls.asyncUnaryCall(GuestGrpcIT::echo))
                  .addMethod(
                      method("Fails", MethodType.UNARY),
                      ServerCalls.asyncUnaryCall(GuestGrpcIT::fail))
                  .addMethod(
                      method("Hangs", MethodType.UNARY), ServerCalls.asyncUnaryCall(this::hang))
                  .addMethod(
                      method("Chat", MethodType.BIDI_STREAMING),
                      ServerCalls.asyncBidiStreamingCall(this::chat))
                  .addMethod(
                      method("Count", MethodType.CLIENT_STREAMING),
                      ServerCalls.asyncClientStreamingCall(GuestGrpcIT::count))
                  .build())
          .build();

  @TempDir Path folder;

  private static void echo(byte[] request, StreamObserver<byte[]> responses) {
    responses.onNext(request);
    responses.onCompleted();
  }

  private static void fail(byte[] request, StreamObserver<byte[]> responses) {
    responses.onError(Status.NOT_FOUND.withDescription("not 100 % here").asRuntimeException());
  }

  private void hang(byte[] request, StreamObserver<byte[]> responses) {
    ((ServerCallStreamObserver<byte[]>) responses).setOnCancelHandler(() -> seen.add("cancelled"));
    seen.add("hangs");
  }

  private StreamObserver<byte[]> chat(StreamObserver<byte[]> responses) {
    ((ServerCallStreamObserver<byte[]>) responses).setOnCancelHandler(() -> seen.add("cancelled"));
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

  private static StreamObserver<byte[]> count(StreamObserver<byte[]> responses) {
    return new StreamObserver<>() {
      private int bytes;

      @Override
      public void onNext(byte[] message) {
        bytes += message.length;
      }

      @Override
      public void onError(Throwable broken) {}

      @Override
      public void onCompleted() {
        responses.onNext(Integer.toString(bytes).getBytes(ISO_8859_1));
        responses.onCompleted();
      }
    };
  }

  @BeforeEach
  void startService() throws IOException {
    service.start();
  }

  @AfterEach
  void stopService() throws InterruptedException {
    service.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  /// Calls `test.Echo/METHOD` at a service named at 2000.
  private static Wat guest(byte[] serviceName, String method) {
    var escaped = new StringBuilder();
    for (byte b : serviceName) {
      escaped.append("\\%02x".formatted(b));
    }
    return Wat.guest()
        .with("(global $stream (mut i32) (i32.const 0)) (global $got (mut i32) (i32.const 0))")
        .with("(data (i32.const 2000) \"" + escaped + "\")")
        .data(1000, "test.Echo")
        .data(1020, method)
        .data(1100, "hello")
        .on(
            "proxy_on_grpc_close",
            "iii:",
            BACK
                + "(drop "
                + Wat.call("proxy_get_status", 100, 104, 108)
                + ")"
                + reply("(i32.add (i32.const 400) (local.get 2))", "104", "108"));
  }

  private static Wat guest(String method) {
    return guest("grpc".getBytes(ISO_8859_1), method);
  }

  private static String reply(String status, String pointerAt, String lengthAt) {
    return "(drop (call $proxy_send_local_response "
        + status
        + " (i32.const 0) (i32.const 0) (i32.load (i32.const "
        + pointerAt
        + ")) (i32.load (i32.const "
        + lengthAt
        + ")) (i32.const 0) (i32.const 0) (i32.const -1)))";
  }

  private static String call(int serviceLength, int methodLength, int timeoutMillis) {
    return Wat.report(
        "proxy_grpc_call",
        2000,
        serviceLength,
        1000,
        9,
        1020,
        methodLength,
        0,
        0,
        1100,
        5,
        timeoutMillis,
        200);
  }

  private static String open(int methodLength) {
    return Wat.report("proxy_grpc_stream", 2000, 4, 1000, 9, 1020, methodLength, 0, 0, 200);
  }

  private static String send(int length) {
    return "(call $report (call $proxy_grpc_send (i32.load (i32.const 200)) (i32.const 1100)"
        + " (i32.const "
        + length
        + ") (i32.const 0)))";
  }

  private static String end(String function) {
    return "(call $report (call $" + function + " (i32.load (i32.const 200))))";
  }

  private static Wat holding(Wat guest, String then) {
    return guest.on("proxy_on_request_headers", "iii:i", REMEMBER + then + "(i32.const 1)");
  }

  private static Wat answeringWithTheMessage(Wat guest) {
    return guest.on(
        "proxy_on_grpc_receive",
        "iii:",
        BACK
            + "(drop "
            + Wat.call("proxy_get_buffer_bytes", 5, 0, 100_000, 100, 104)
            + ")"
            + reply("(i32.const 200)", "100", "104"));
  }

  private TestServer start(Wat guest) throws IOException {
    var module = Files.write(folder.resolve("grpc.wasm"), guest.wasm());
    return TestServer.start(
        TestBootstrap.create()
            .http2Cluster("grpc", service.getPort())
            .route("{ match: { prefix: / }, direct_response: { status: 204 } }")
            .wasm("caller", module, "")
            .yaml(),
        1);
  }

  private static String answer(TestServer server) throws IOException {
    var response = server.get("/");
    return response.code() + " " + response.body();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCallIsAnsweredWithAMessage(boolean inFull) throws Exception {
    var config = GrpcService.newBuilder();
    config.getEnvoyGrpcBuilder().setClusterName("grpc").setAuthority("echo.internal");
    var name = inFull ? config.build().toByteArray() : "grpc".getBytes(ISO_8859_1);
    var guest =
        answeringWithTheMessage(holding(guest(name, "Unary"), call(name.length, 5, 30_000)));

    try (var server = start(guest)) {
      assertThat(answer(server)).isEqualTo("200 hello");
    }
  }

  @Test
  void aCallThatFailsTellsStatusAndMessage() throws Exception {
    try (var server = start(holding(guest("Fails"), call(4, 5, 30_000)))) {
      assertThat(answer(server)).isEqualTo("405 not 100 %25 here{via_upstream}");
    }
  }

  @Test
  void aCallThatTakesTooLongIsClosedAndCancelled() throws Exception {
    try (var server = start(holding(guest("Hangs"), call(4, 5, 300)))) {
      assertThat(answer(server)).startsWith("414 ");

      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("hangs");
      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("cancelled");
    }
  }

  @Test
  void aServiceThatIsGoneIsUnavailable() throws Exception {
    try (var server = start(holding(guest("Unary"), call(4, 5, 30_000)))) {
      service.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);

      assertThat(answer(server)).startsWith("414 upstream connect error");
    }
  }

  @Test
  void aStreamSpeaksBothWaysUntilBothSidesHaveEnded() throws Exception {
    var guest =
        holding(guest("Chat"), open(4) + send(5) + send(3) + send(0) + end("proxy_grpc_close"))
            .on(
                "proxy_on_grpc_receive",
                "iii:",
                "(global.set $got (i32.add (global.get $got) (local.get 2)))")
            .on(
                "proxy_on_grpc_close",
                "iii:",
                BACK
                    + reply(
                        "(i32.add (i32.const 400) (i32.add (local.get 2) (global.get $got)))",
                        "900",
                        "900"));

    try (var server = start(guest)) {
      assertThat(answer(server)).as("8 bytes came back, status 0").startsWith("408");
    }
  }

  @Test
  void whatTheConnectionDoesNotTakeWaitsAndArrives() throws Exception {
    var guest =
        answeringWithTheMessage(
            holding(
                guest("Count"),
                "(drop (memory.grow (i32.const 2)))"
                    + open(5)
                    + "(loop $next "
                    + send(60_000)
                    + "(global.set $got (i32.add (global.get $got) (i32.const 1)))"
                    + "(br_if $next (i32.lt_u (global.get $got) (i32.const 100))))"
                    + end("proxy_grpc_close")));

    try (var server = start(guest)) {
      assertThat(answer(server)).isEqualTo("200 6000000");
    }
  }

  @Test
  void aStreamThatIsCancelledIsResetAndTellsNothingMore() throws Exception {
    var guest = answeringWithTheMessage(holding(guest("Chat"), open(4) + send(5)));
    guest.on(
        "proxy_on_grpc_receive",
        "iii:",
        end("proxy_grpc_cancel") + BACK + reply("(i32.const 299)", "900", "900"));

    try (var server = start(guest)) {
      assertThat(answer(server)).startsWith("299");

      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("cancelled");
      assertThat(server.stat("cluster.grpc.upstream_rq_active")).isZero();
    }
  }

  @Test
  void aGuestThatTrapsLeavesNoCallBehind() throws Exception {
    var guest =
        holding(guest("Chat"), open(4) + send(5) + open(4) + send(5))
            .on("proxy_on_grpc_receive", "iii:", "(unreachable)");

    try (var server = start(guest)) {
      assertThat(answer(server)).as("the stream that waited").isEqualTo("503 ");

      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("cancelled");
      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("cancelled");
      assertThat(server.stat("cluster.grpc.upstream_rq_active")).isZero();
    }
  }

  @Test
  void aProxyThatStopsLeavesNoCallBehind() throws Exception {
    var guest = answeringWithTheMessage(holding(guest("Chat"), open(4) + send(5)));

    try (var server = start(guest)) {
      assertThat(answer(server)).isEqualTo("200 hello");
      assertThat(seen).as("the stream outlives the request").isEmpty();
    }

    assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("cancelled");
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
