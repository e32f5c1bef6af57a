package dev.outrider.proxy.controlplane;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsMethod;
import dev.outrider.proxy.xds.stream.AdsTransport;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An aggregated discovery server on loopback, state of the world, in plain text. Its public
/// methods are for any thread but a loop, since some wait; everything inside happens on one thread
/// of its own.
public final class AdsServer implements AutoCloseable {
  private static final int MOST_ANSWERS = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger("controlplane");

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            var worker = new Thread(task, "control-plane");
            worker.setDaemon(true);
            return worker;
          });
  private final Server server;
  private final Consumer<Answer> told;

  // All of these belong to `thread`.
  private final Map<ResourceKind, Pushed> pushed = new EnumMap<>(ResourceKind.class);
  private final Set<ProxyStream> streams = new HashSet<>();
  private final ArrayDeque<Answer> answers = new ArrayDeque<>();
  private final List<Waiting> waiting = new ArrayList<>();

  /// The state of one kind.
  ///
  /// @param resources by name
  record Pushed(String version, Map<String, Any> resources) {}

  private record Waiting(ResourceKind kind, String version, CompletableFuture<Answer> answer) {}

  /// Binds and starts to serve.
  ///
  /// @param port 0 = chosen by the system
  /// @throws IOException if the port cannot be bound
  public AdsServer(int port) throws IOException {
    this(port, _ -> {});
  }

  /// The same, which tells every answer, on a thread of its own.
  AdsServer(int port, Consumer<Answer> told) throws IOException {
    this.told = told;
    var service =
        ServerServiceDefinition.builder(AdsTransport.Service.AGGREGATED.fullName())
            .addMethod(
                AdsMethod.of(AdsTransport.Service.AGGREGATED, Protocol.STATE_OF_THE_WORLD),
                ServerCalls.asyncBidiStreamingCall(this::open))
            .build();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .addService(service)
            .executor(thread)
            .build()
            .start();
  }

  public int port() {
    return server.getPort();
  }

  /// Makes `resources` the state of a kind and sends it to every proxy that asked for the kind.
  ///
  /// @param resources messages of the kind, by name
  public void push(
      ResourceKind kind, String version, Map<String, ? extends MessageLite> resources) {
    var packed = new LinkedHashMap<String, Any>();
    resources.forEach(
        (name, message) ->
            packed.put(
                name,
                Any.newBuilder()
                    .setTypeUrl(kind.typeUrl())
                    .setValue(message.toByteString())
                    .build()));
    pushPacked(kind, version, packed);
  }

  /// The same with resources as they go over the wire.
  public void pushPacked(ResourceKind kind, String version, Map<String, Any> resources) {
    var state = new Pushed(version, new LinkedHashMap<>(resources));
    thread.execute(
        () -> {
          pushed.put(kind, state);
          streams.forEach(stream -> stream.push(kind, state));
        });
  }

  /// Waits until a proxy has acknowledged or refused a version; empty if it did not in time.
  public Optional<Answer> awaitAnswer(ResourceKind kind, String version, Duration timeout)
      throws InterruptedException {
    var answer = new CompletableFuture<Answer>();
    thread.execute(
        () -> {
          for (var known : answers) {
            if (known.typeUrl().equals(kind.typeUrl()) && known.version().equals(version)) {
              answer.complete(known);
            }
          }
          waiting.add(new Waiting(kind, version, answer));
        });
    try {
      return Optional.of(answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException _) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The last thousand answers, in order.
  public List<Answer> answers() {
    return CompletableFuture.supplyAsync(() -> List.copyOf(answers), thread).join();
  }

  /// Proxies that are connected.
  public int streams() {
    return CompletableFuture.supplyAsync(streams::size, thread).join();
  }

  /// Ends every stream; proxies come back on their own.
  public void disconnect() {
    thread.execute(
        () -> {
          streams.forEach(ProxyStream::end);
          streams.clear();
        });
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      // gRPC hands its last tasks to our thread; it must outlive them.
      server.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    thread.shutdown();
  }

  private StreamObserver<byte[]> open(StreamObserver<byte[]> responses) {
    var stream = new ProxyStream(responses, pushed, this::answered);
    streams.add(stream);
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] request) {
        try {
          stream.onRequest(DiscoveryRequest.parseFrom(request));
        } catch (InvalidProtocolBufferException e) {
          LOG.warn("not a DiscoveryRequest: {}", e.getMessage());
        }
      }

      @Override
      public void onError(Throwable failure) {
        streams.remove(stream);
      }

      @Override
      public void onCompleted() {
        streams.remove(stream);
        stream.end();
      }
    };
  }

  private void answered(Answer answer) {
    told.accept(answer);
    answers.add(answer);
    if (answers.size() > MOST_ANSWERS) {
      answers.removeFirst();
    }
    waiting.removeIf(
        each -> {
          var matches =
              each.kind.typeUrl().equals(answer.typeUrl()) && each.version.equals(answer.version());
          if (matches) {
            each.answer.complete(answer);
          }
          return matches || each.answer.isDone();
        });
  }
}
