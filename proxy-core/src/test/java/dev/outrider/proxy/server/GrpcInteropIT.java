package dev.outrider.proxy.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// gRPC's interoperability cases through the proxy, HTTP/2 without TLS on both sides. Each case has
/// a service of its own on a port of its own, chosen by the authority. Left out are those that need
/// credentials, a measuring library, or a server in another language (the compression probes).
@TestInstance(Lifecycle.PER_CLASS)
class GrpcInteropIT {
  private final List<Case> cases = cases();
  private final List<Integer> ports = freePorts(cases.size());
  private final TestServer proxy = TestServer.start(bootstrap(), 2);

  /// One of the cases, by its name in the specification or in gRPC-Java.
  record Case(String name, Body body) {
    @Override
    public String toString() {
      return name;
    }
  }

  interface Body {
    void run(InteropCases cases) throws Exception;
  }

  List<Case> cases() {
    return List.of(
        new Case("empty_unary", InteropCases::emptyUnary),
        new Case("empty_unary_retriable", InteropCases::emptyUnaryWithRetriableStream),
        new Case("large_unary", InteropCases::largeUnary),
        new Case("client_compressed_unary", cases -> cases.clientCompressedUnary(false)),
        new Case("server_compressed_unary", InteropCases::serverCompressedUnary),
        new Case("client_streaming", InteropCases::clientStreaming),
        new Case("client_compressed_streaming", cases -> cases.clientCompressedStreaming(false)),
        new Case("server_streaming", InteropCases::serverStreaming),
        new Case("server_compressed_streaming", InteropCases::serverCompressedStreaming),
        new Case(
            "server_streaming_slow_reader", InteropCases::serverStreamingShouldBeFlowControlled),
        new Case("ping_pong", InteropCases::pingPong),
        new Case("empty_stream", InteropCases::emptyStream),
        new Case("full_duplex", InteropCases::fullDuplexCallShouldSucceed),
        new Case("half_duplex", InteropCases::halfDuplexCallShouldSucceed),
        new Case("cancel_after_begin", InteropCases::cancelAfterBegin),
        new Case("cancel_after_first_response", InteropCases::cancelAfterFirstResponse),
        new Case("very_large_request", InteropCases::veryLargeRequest),
        new Case("very_large_response", InteropCases::veryLargeResponse),
        new Case("metadata_unary", InteropCases::exchangeMetadataUnaryCall),
        new Case("metadata_streaming", InteropCases::exchangeMetadataStreamingCall),
        new Case("custom_metadata", InteropCases::customMetadata),
        new Case("sends_timeout_header", InteropCases::sendsTimeoutHeader),
        new Case("deadline_not_exceeded", InteropCases::deadlineNotExceeded),
        new Case("deadline_exceeded", InteropCases::deadlineExceeded),
        new Case("deadline_exceeded_streaming", InteropCases::deadlineExceededServerStreaming),
        new Case("deadline_in_past", InteropCases::deadlineInPast),
        new Case("timeout_on_sleeping_server", InteropCases::timeoutOnSleepingServer),
        new Case("max_inbound_size_exact", InteropCases::maxInboundSize_exact),
        new Case("max_inbound_size_too_big", InteropCases::maxInboundSize_tooBig),
        new Case("max_outbound_size_exact", InteropCases::maxOutboundSize_exact),
        new Case("max_outbound_size_too_big", InteropCases::maxOutboundSize_tooBig),
        new Case("graceful_shutdown", InteropCases::gracefulShutdown),
        new Case("status_code_and_message", InteropCases::statusCodeAndMessage),
        new Case("special_status_message", InteropCases::specialStatusMessage),
        new Case("unimplemented_method", InteropCases::unimplementedMethod),
        new Case("unimplemented_service", InteropCases::unimplementedService));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void passes(Case one) throws Exception {
    var number =
        IntStream.range(0, cases.size())
            .filter(i -> cases.get(i).name().equals(one.name()))
            .findFirst()
            .orElseThrow();
    var running = new InteropCases(ports.get(number), proxy.port(), one.name() + ".test");
    running.setUp();
    try {
      one.body().run(running);
    } finally {
      running.tearDown();
    }
  }

  @AfterAll
  void stop() {
    proxy.close();
  }

  private String bootstrap() {
    var bootstrap = TestBootstrap.create();
    for (var i = 0; i < cases.size(); i++) {
      var name = cases.get(i).name();
      bootstrap
          .route(
              ("{ match: { prefix: /, headers: [{ name: ':authority', string_match: { exact:"
                      + " %1$s.test } }] }, route: { cluster: %1$s, timeout: 0s } }")
                  .formatted(name))
          .http2Cluster(name, ports.get(i));
    }
    return bootstrap.yaml();
  }

  /// Below the ports that the system gives to clients, so that they are still free when needed.
  private static List<Integer> freePorts(int count) {
    return new Random()
        .ints(12_000, 30_000)
        .distinct()
        .filter(GrpcInteropIT::isFree)
        .limit(count)
        .boxed()
        .toList();
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException _) {
      return false;
    }
  }
}
