package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.tls.HandshakeFailure;
import dev.outrider.proxy.xds.grpc.ConnectionPool;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Discovery streams over gRPC-Java. Its callbacks only hop to the main loop.
final class GrpcAdsTransport implements AdsTransport {
  private final Loop loop;
  private final ConnectionPool connections;
  private final Supplier<StreamCounts> counts;
  private final DiscoveryService.Call settings;
  private final Service service;

  /// A transport to one control plane, for the life of the process.
  ///
  /// @param connections that it shares with others
  /// @param counts for one stream each
  GrpcAdsTransport(
      Loop loop,
      ConnectionPool connections,
      Supplier<StreamCounts> counts,
      DiscoveryService.Call settings,
      Service service) {
    this.loop = loop;
    this.connections = connections;
    this.counts = counts;
    this.settings = settings;
    this.service = service;
  }

  @Override
  public Call open(Protocol protocol, Receiver receiver) {
    loop.assertOnLoop();
    return new Stream(protocol, receiver);
  }

  private Metadata metadata() {
    var all = new Metadata();
    for (var each : settings.metadata()) {
      all.put(Metadata.Key.of(each.name(), Metadata.ASCII_STRING_MARSHALLER), each.value());
    }
    return all;
  }

  /// One stream. Belongs to the main loop.
  private final class Stream extends ClientCall.Listener<byte[]>
      implements Call, ConnectionPool.Rider {
    private final Protocol protocol;
    private final Receiver receiver;
    private final StreamCounts told = counts.get();
    private final List<byte[]> early = new ArrayList<>();
    private final ConnectionPool.Seat seat;
    private @Nullable ClientCall<byte[], byte[]> call;
    private boolean over;

    Stream(Protocol protocol, Receiver receiver) {
      this.protocol = protocol;
      this.receiver = receiver;
      told.begun();
      this.seat = connections.take(this);
    }

    @Override
    public void onSeat(Channel channel) {
      var options = CallOptions.DEFAULT.withMaxInboundMessageSize(settings.maxMessageBytes());
      var started = channel.newCall(AdsMethod.of(service, protocol), options);
      call = started;
      started.start(this, metadata());
      started.request(1);
      early.forEach(started::sendMessage);
      early.clear();
    }

    @Override
    public void onNone(Status why) {
      end(why);
    }

    @Override
    public void send(byte[] request) {
      loop.assertOnLoop();
      var started = call;
      if (over) {
        return;
      }
      if (started == null) {
        early.add(request);
      } else {
        started.sendMessage(request);
      }
    }

    @Override
    public void cancel() {
      loop.assertOnLoop();
      if (!over) {
        over = true;
        told.cancelled();
        var started = call;
        if (started != null) {
          started.cancel("no longer needed", null);
        }
        seat.leave(null);
      }
    }

    @Override
    public void onReady() {
      loop.execute(
          () -> {
            if (!over) {
              told.ready();
              receiver.onReady();
            }
          });
    }

    @Override
    public void onMessage(byte[] message) {
      loop.execute(
          () -> {
            if (!over) {
              try {
                receiver.onMessage(message);
              } finally {
                Objects.requireNonNull(call).request(1);
              }
            }
          });
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      loop.execute(
          () -> {
            if (!over) {
              seat.leave(status);
              end(status);
            }
          });
    }

    private void end(Status status) {
      if (!over) {
        over = true;
        told.ended(status.getCode().value());
        receiver.onEnd(new End(status.getCode().value(), reason(status)));
      }
    }

    private static String reason(Status status) {
      var description = status.getDescription();
      var cause = status.getCause();
      var handshake = cause == null ? "" : HandshakeFailure.of(cause).text();
      if (!handshake.isEmpty()) {
        return handshake;
      }
      if (cause != null && cause.getMessage() != null) {
        return description == null ? cause.getMessage() : description + ": " + cause.getMessage();
      }
      return description == null ? "" : description;
    }
  }
}
