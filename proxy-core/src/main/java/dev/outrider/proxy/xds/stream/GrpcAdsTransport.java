package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.tls.HandshakeFailure;
import dev.outrider.proxy.xds.grpc.ControlPlaneChannel;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;

/// Discovery streams over gRPC-Java. Its callbacks only hop to the main loop.
public final class GrpcAdsTransport implements AdsTransport {
  private static final End NO_SECRETS =
      new End(Status.Code.UNAVAILABLE.value(), "TLS error: Secret is not supplied by SDS");

  private final Loop loop;
  private final Cluster cluster;
  private final DiscoveryService source;
  private final Service service;

  private final StatOwner stats;

  /// A transport to one control plane, for the life of the process.
  ///
  /// @param cluster the control plane, with at least one static endpoint
  public GrpcAdsTransport(
      Loop loop,
      MetricRegistry metrics,
      Cluster cluster,
      DiscoveryService source,
      Service service) {
    this.loop = loop;
    this.stats = metrics.owner(ClusterStats.TEMPLATE, "cluster." + cluster.statName());
    this.cluster = cluster;
    this.source = source;
    this.service = service;
  }

  /// A channel per stream: one that failed before would delay or refuse the next call by its own
  /// back-off, and the pause between streams is the client's to choose.
  @Override
  public Call open(Protocol protocol, Receiver receiver) {
    loop.assertOnLoop();
    var channel = ControlPlaneChannel.open(cluster, source.call());
    if (channel == null) {
      loop.execute(() -> receiver.onEnd(NO_SECRETS));
      return Never.OPENED;
    }
    var call = channel.newCall(AdsMethod.of(service, protocol), CallOptions.DEFAULT);
    var stream = new Stream(channel, call, receiver);
    call.start(stream, metadata());
    call.request(1);
    return stream;
  }

  private Metadata metadata() {
    var all = new Metadata();
    for (var each : source.call().metadata()) {
      all.put(Metadata.Key.of(each.name(), Metadata.ASCII_STRING_MARSHALLER), each.value());
    }
    return all;
  }

  /// A stream that could not be tried.
  private enum Never implements Call {
    OPENED;

    @Override
    public void send(byte[] request) {}

    @Override
    public void cancel() {}
  }

  /// One stream. `over` belongs to the main loop.
  private final class Stream extends ClientCall.Listener<byte[]> implements Call {
    private final ManagedChannel channel;
    private final ClientCall<byte[], byte[]> call;
    private final Receiver receiver;
    private final StreamCounts counts;
    private boolean over;

    Stream(ManagedChannel channel, ClientCall<byte[], byte[]> call, Receiver receiver) {
      this.channel = channel;
      this.call = call;
      this.receiver = receiver;
      this.counts = new StreamCounts(stats, loop);
      counts.begun();
    }

    @Override
    public void send(byte[] request) {
      loop.assertOnLoop();
      if (!over) {
        call.sendMessage(request);
      }
    }

    @Override
    public void cancel() {
      loop.assertOnLoop();
      if (!over) {
        over = true;
        counts.over(true);
        call.cancel("no longer needed", null);
        channel.shutdownNow();
      }
    }

    @Override
    public void onReady() {
      loop.execute(
          () -> {
            if (!over) {
              counts.ready();
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
                call.request(1);
              }
            }
          });
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      loop.execute(
          () -> {
            if (!over) {
              over = true;
              counts.over(false);
              channel.shutdownNow();
              receiver.onEnd(new End(status.getCode().value(), reason(status)));
            }
          });
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
