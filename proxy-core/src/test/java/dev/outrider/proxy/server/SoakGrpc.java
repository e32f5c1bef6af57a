package dev.outrider.proxy.server;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.testing.integration.Messages.Payload;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.TestServiceGrpc;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// gRPC: unary calls, streams read to their end or cancelled on the way, deadlines too short.
final class SoakGrpc extends SoakClient {
  SoakGrpc(int port, Random random, SoakLog log) {
    super(port, random, log);
  }

  @Override
  void connection() throws InterruptedException {
    var channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .usePlaintext()
            .build();
    try {
      for (var calls = random.nextInt(1, 20); calls > 0; calls--) {
        call(channel);
      }
    } finally {
      if (random.nextBoolean()) {
        channel.shutdown();
      } else {
        channel.shutdownNow();
      }
      channel.awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private void call(ManagedChannel channel) {
    var stub = TestServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    switch (random.nextInt(3)) {
      case 0 -> unary(stub);
      case 1 -> stream(stub);
      default -> late(stub);
    }
  }

  private void unary(TestServiceGrpc.TestServiceBlockingStub stub) {
    var size = random.nextInt(100_000);
    var payload = Payload.newBuilder().setBody(ByteString.copyFrom(new byte[size])).build();
    var response =
        stub.unaryCall(
            SimpleRequest.newBuilder().setPayload(payload).setResponseSize(size).build());
    if (response.getPayload().getBody().size() != size) {
      log.wrong("grpc: " + response.getPayload().getBody().size() + " instead of " + size);
    }
    log.done("grpc unary");
  }

  /// All of a stream, or a part of it.
  private void stream(TestServiceGrpc.TestServiceBlockingStub stub) {
    var request = StreamingOutputCallRequest.newBuilder();
    var count = random.nextInt(1, 20);
    for (var i = 0; i < count; i++) {
      request.addResponseParameters(
          ResponseParameters.newBuilder().setSize(random.nextInt(50_000)));
    }
    var cancelled = Context.current().withCancellation();
    var wanted = random.nextInt(count + 1);
    cancelled.run(
        () -> {
          var responses = stub.streamingOutputCall(request.build());
          for (var i = 0; i < wanted; i++) {
            responses.next();
          }
          if (wanted == count && responses.hasNext()) {
            log.wrong("grpc: more than " + count + " responses");
          }
        });
    cancelled.cancel(null);
    log.done(wanted < count ? "grpc cancelled stream" : "grpc stream");
  }

  private void late(TestServiceGrpc.TestServiceBlockingStub stub) {
    var request =
        StreamingOutputCallRequest.newBuilder()
            .addResponseParameters(
                ResponseParameters.newBuilder().setSize(1000).setIntervalUs(200_000))
            .build();
    try {
      stub.withDeadlineAfter(random.nextInt(1, 20), TimeUnit.MILLISECONDS)
          .streamingOutputCall(request)
          .next();
      log.wrong("grpc: no deadline");
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.DEADLINE_EXCEEDED && !wasReset(e)) {
        log.wrong("grpc: " + e);
      }
    }
    log.done("grpc deadline");
  }

  /// The service counts the same time, may be the first to be through, and resets.
  private static boolean wasReset(StatusRuntimeException failure) {
    return failure.getStatus().getCode() == Status.Code.UNAVAILABLE
        && String.valueOf(failure.getStatus().getDescription()).endsWith("remote reset");
  }
}
