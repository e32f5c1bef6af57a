package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.loop.Loop;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;

/// Discovery streams over gRPC-Java. Its callbacks only hop to the main loop.
public final class GrpcAdsTransport implements AdsTransport {
  /// More than any control plane sends at once; gRPC's own default of 4 MiB is less than a large
  /// CDS answer.
  private static final int MAX_MESSAGE_BYTES = 256 << 20;

  private final Loop loop;
  private final HostPort address;
  private final String authority;

  /// Streams in plain text.
  ///
  /// @param authority what the control plane sees as `:authority`; Envoy sends the cluster name
  public GrpcAdsTransport(Loop loop, HostPort address, String authority) {
    this.loop = loop;
    this.address = address;
    this.authority = authority;
  }

  /// A channel per stream: one that failed before would delay or refuse the next call by its own
  /// back-off, and the pause between streams is the client's to choose.
  @Override
  public Call open(Receiver receiver) {
    loop.assertOnLoop();
    var channel =
        NettyChannelBuilder.forAddress(new InetSocketAddress(address.host(), address.port()))
            .usePlaintext()
            .overrideAuthority(authority)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .disableRetry()
            .directExecutor()
            .build();
    var call = channel.newCall(AdsMethod.STREAM_AGGREGATED_RESOURCES, CallOptions.DEFAULT);
    var stream = new Stream(channel, call, receiver);
    call.start(stream, new Metadata());
    call.request(1);
    return stream;
  }

  /// One stream. `over` belongs to the main loop.
  private final class Stream extends ClientCall.Listener<byte[]> implements Call {
    private final ManagedChannel channel;
    private final ClientCall<byte[], byte[]> call;
    private final Receiver receiver;
    private boolean over;

    Stream(ManagedChannel channel, ClientCall<byte[], byte[]> call, Receiver receiver) {
      this.channel = channel;
      this.call = call;
      this.receiver = receiver;
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
        call.cancel("no longer needed", null);
        channel.shutdownNow();
      }
    }

    @Override
    public void onReady() {
      loop.execute(
          () -> {
            if (!over) {
              receiver.onReady();
            }
          });
    }

    @Override
    public void onMessage(byte[] message) {
      loop.execute(
          () -> {
            if (!over) {
              receiver.onMessage(message);
              call.request(1);
            }
          });
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      loop.execute(
          () -> {
            if (!over) {
              over = true;
              channel.shutdownNow();
              receiver.onEnd(new End(status.getCode().value(), reason(status)));
            }
          });
    }

    private static String reason(Status status) {
      var description = status.getDescription();
      var cause = status.getCause();
      if (cause != null && cause.getMessage() != null) {
        return description == null ? cause.getMessage() : description + ": " + cause.getMessage();
      }
      return description == null ? "" : description;
    }
  }
}
