package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.server.ServerOptions.NodeOverride;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Access logs that reach a server of grpc-java through a whole proxy.
@Timeout(60)
class GrpcLogIT {
  private static final String SERVICE = "envoy.service.accesslog.v3.AccessLogService";
  private static final String REFUSED = "/refuse";

  private final BlockingQueue<StreamAccessLogsMessage> seen = new LinkedBlockingQueue<>();
  private final Server service =
      NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .addService(
              ServerServiceDefinition.builder(SERVICE)
                  .addMethod(method(), ServerCalls.asyncClientStreamingCall(this::take))
                  .build())
          .build();

  private static MethodDescriptor<StreamAccessLogsMessage, StreamAccessLogsMessage> method() {
    var marshaller = ProtoUtils.marshaller(StreamAccessLogsMessage.getDefaultInstance());
    return MethodDescriptor.newBuilder(marshaller, marshaller)
        .setType(MethodType.CLIENT_STREAMING)
        .setFullMethodName(SERVICE + "/StreamAccessLogs")
        .build();
  }

  /// Ends the call when it is told of the path that it refuses.
  private StreamObserver<StreamAccessLogsMessage> take(
      StreamObserver<StreamAccessLogsMessage> answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(StreamAccessLogsMessage message) {
        seen.add(message);
        if (message.getHttpLogs().getLogEntry(0).getRequest().getPath().equals(REFUSED)) {
          answers.onError(Status.UNAVAILABLE.asRuntimeException());
        }
      }

      @Override
      public void onError(Throwable broken) {}

      @Override
      public void onCompleted() {
        answers.onNext(StreamAccessLogsMessage.getDefaultInstance());
        answers.onCompleted();
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

  private TestServer start() {
    return TestServer.start(yaml(), 1);
  }

  private String yaml() {
    return TestBootstrap.create()
        .http2Cluster("als", service.getPort())
        .route("{ match: { prefix: / }, direct_response: { status: 204 } }")
        .accessLog(
            "[{ name: als, typed_config: { \"@type\":"
                + " type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig,"
                + " common_config: { log_name: front, buffer_flush_interval: 0.02s, grpc_service: {"
                + " envoy_grpc: { cluster_name: als } } } } }]")
        .yaml();
  }

  private StreamAccessLogsMessage next() throws InterruptedException {
    var message = seen.poll(20, TimeUnit.SECONDS);
    assertThat(message).as("a message of the log").isNotNull();
    return message;
  }

  @Test
  void sendsEveryRequestOnceAndIntroducesItself() throws Exception {
    try (var server = start()) {
      server.get("/0");
      server.get("/1");
      server.get("/2");

      var entries = new ArrayList<HTTPAccessLogEntry>();
      for (var first = true; entries.size() < 3; first = false) {
        var message = next();
        assertThat(message.hasIdentifier()).isEqualTo(first);
        assertThat(message.getIdentifier().getLogName()).isEqualTo(first ? "front" : "");
        entries.addAll(message.getHttpLogs().getLogEntryList());
      }

      assertThat(entries)
          .extracting(entry -> entry.getRequest().getPath())
          .containsExactly("/0", "/1", "/2");
      assertThat(entries)
          .allMatch(entry -> entry.getResponse().getResponseCode().getValue() == 204);
      assertThat(server.stat("access_logs.grpc_access_log.logs_written")).isEqualTo(3);
      assertThat(server.stat("access_logs.grpc_access_log.logs_dropped")).isZero();
    }
  }

  @Test
  void introducesItselfByTheNodeOfTheCommandLine() throws Exception {
    var options = TestServer.options(new BootstrapSource(null, yaml()), 1);
    var named =
        new ServerOptions(
            options.bootstrap(),
            1,
            options.drain(),
            options.fileFlushInterval(),
            new NodeOverride("me", "us", null),
            options.compiledModules(),
            options.admin());
    try (var server = TestServer.start(named)) {
      server.get("/0");

      var node = next().getIdentifier().getNode();

      assertThat(node.getId()).isEqualTo("me");
      assertThat(node.getCluster()).isEqualTo("us");
    }
  }

  @Test
  void opensAnotherCallAfterTheServiceEndedOne() throws Exception {
    try (var server = start()) {
      server.get(REFUSED);
      assertThat(next().hasIdentifier()).isTrue();

      StreamAccessLogsMessage message;
      do { // what is sent before the end is known is lost with the call
        server.get("/again");
        message = next();
      } while (!message.hasIdentifier());

      assertThat(message.getHttpLogs().getLogEntry(0).getRequest().getPath()).isEqualTo("/again");
    }
  }
}
