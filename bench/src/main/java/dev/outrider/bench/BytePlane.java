package dev.outrider.bench;

import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.xds.stream.AdsMethod;
import dev.outrider.proxy.xds.stream.AdsTransport.Service;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The other end of one aggregated stream: sends bytes that were made before, and hands out
/// requests as bytes, so that what is measured is the proxy.
final class BytePlane implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 15;

  private final LinkedBlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
  private final Server server;
  private volatile @Nullable StreamObserver<byte[]> proxy;

  BytePlane() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder(Service.AGGREGATED.fullName())
                    .addMethod(
                        AdsMethod.of(Service.AGGREGATED, Protocol.STATE_OF_THE_WORLD),
                        ServerCalls.asyncBidiStreamingCall(this::open))
                    .addMethod(
                        AdsMethod.of(Service.AGGREGATED, Protocol.DELTA),
                        ServerCalls.asyncBidiStreamingCall(this::open))
                    .build())
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  private StreamObserver<byte[]> open(StreamObserver<byte[]> responses) {
    proxy = responses;
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] request) {
        requests.add(request);
      }

      @Override
      public void onError(Throwable failure) {}

      @Override
      public void onCompleted() {}
    };
  }

  void send(byte[] response) {
    var open = proxy;
    if (open == null) {
      throw new IllegalStateException("no proxy has come");
    }
    open.onNext(response);
  }

  byte[] request() throws InterruptedException {
    var next = requests.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("the proxy says nothing");
    }
    return next;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
