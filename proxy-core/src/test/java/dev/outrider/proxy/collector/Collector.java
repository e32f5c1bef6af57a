package dev.outrider.proxy.collector;

import com.google.protobuf.Message;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A server of grpc-java on loopback that takes reports of every kind and keeps them. Calls end as
/// [#answer] says. Any thread.
public final class Collector implements AutoCloseable {
  private static final int ALL = Integer.MAX_VALUE;

  private final Map<Service, BlockingQueue<Report>> seen = new EnumMap<>(Service.class);
  private final Server server;
  private volatile Status answer = Status.OK;
  private int port;

  private Collector() {
    var builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(64 << 20);
    for (var service : Service.values()) {
      seen.put(service, new LinkedBlockingQueue<>());
      builder.addService(definition(service));
    }
    server = builder.build();
  }

  public static Collector start() {
    var collector = new Collector();
    try {
      collector.server.start();
      collector.port = collector.server.getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return collector;
  }

  public int port() {
    return port;
  }

  /// How calls end from now on: those that are exports, once their message is here.
  public void answer(Status status) {
    answer = status;
  }

  /// The next report of that kind, in the order of their coming.
  public Report next(Service service) throws InterruptedException {
    var report = Objects.requireNonNull(seen.get(service)).poll(30, TimeUnit.SECONDS);
    if (report == null) {
      throw new AssertionError("waited in vain for a report of " + service);
    }
    return report;
  }

  /// The next one that is like that; those before it are gone.
  public Report next(Service service, Predicate<Message> like) throws InterruptedException {
    Report report;
    do {
      report = next(service);
    } while (!like.test(report.message()));
    return report;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private ServerServiceDefinition definition(Service service) {
    var messages = ProtoUtils.marshaller(service.shape);
    var method =
        MethodDescriptor.newBuilder(messages, messages)
            .setType(service.type)
            .setFullMethodName(service.method)
            .build();
    return ServerServiceDefinition.builder(method.getServiceName())
        .addMethod(method, (call, _) -> new Incoming(service, call))
        .build();
  }

  /// One call.
  private final class Incoming extends ServerCall.Listener<Message> {
    private final Service service;
    private final ServerCall<Message, Message> call;
    private boolean first = true;

    Incoming(Service service, ServerCall<Message, Message> call) {
      this.service = service;
      this.call = call;
      call.request(ALL);
    }

    @Override
    public void onMessage(Message message) {
      Objects.requireNonNull(seen.get(service))
          .add(new Report(service, "" + call.getAuthority(), first, message));
      first = false;
    }

    @Override
    public void onHalfClose() {
      if (answer.isOk()) {
        call.sendHeaders(new Metadata());
        call.sendMessage(service.shape);
      }
      call.close(answer, new Metadata());
    }
  }
}
