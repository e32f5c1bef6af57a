package dev.outrider.proxy.server;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsMethod;
import dev.outrider.proxy.xds.stream.AdsTransport;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A service on loopback that brings virtual hosts one by one, and says what the test says. Any
/// thread.
final class HostPlane implements AutoCloseable {
  private final List<DeltaDiscoveryRequest> requests = new CopyOnWriteArrayList<>();

  /// The first request there is.
  final CompletableFuture<DeltaDiscoveryRequest> first = new CompletableFuture<>();

  private final Server server;
  private volatile @Nullable StreamObserver<byte[]> stream;
  private int nonces;

  HostPlane() throws IOException {
    var of = AdsTransport.Service.VIRTUAL_HOSTS;
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder(of.fullName())
                    .addMethod(
                        AdsMethod.of(of, Protocol.DELTA),
                        ServerCalls.asyncBidiStreamingCall(this::open))
                    .build())
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  private StreamObserver<byte[]> open(StreamObserver<byte[]> responses) {
    stream = responses;
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] request) {
        try {
          var read = DeltaDiscoveryRequest.parseFrom(request);
          requests.add(read);
          first.complete(read);
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException(e);
        }
      }

      @Override
      public void onError(Throwable failure) {}

      @Override
      public void onCompleted() {
        responses.onCompleted();
      }
    };
  }

  /// Whether it was asked for that name.
  boolean isAskedFor(String name) {
    return requests.stream()
        .anyMatch(request -> request.getResourceNamesSubscribeList().contains(name));
  }

  /// Sends a virtual host, as what a request wanted.
  void say(VirtualHost host, String wanted) {
    say(
        Resource.newBuilder()
            .setName(host.getName())
            .setResource(Any.pack(host))
            .addAliases(wanted));
  }

  /// Sends that there is nothing that a request wanted.
  void sayNone(String wanted) {
    say(Resource.newBuilder().setName(wanted).addAliases(wanted));
  }

  private void say(Resource.Builder resource) {
    send(DeltaDiscoveryResponse.newBuilder().addResources(resource.setVersion("1")));
  }

  private synchronized void send(DeltaDiscoveryResponse.Builder response) {
    var open = stream;
    if (open == null) {
      throw new IllegalStateException("no stream is open");
    }
    var version = "v" + ++nonces;
    open.onNext(
        response
            .setTypeUrl(ResourceKind.VIRTUAL_HOST.typeUrl())
            .setSystemVersionInfo(version)
            .setNonce(version)
            .build()
            .toByteArray());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
