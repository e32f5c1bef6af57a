package dev.outrider.proxy.xds.grpc;

import io.grpc.Attributes;
import io.grpc.ClientTransportFilter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Tells of the connections that a channel of gRPC makes, and how many streams the other side takes
/// on them, of which gRPC itself says nothing: a stream too many would wait in it for ever. Called
/// on threads of gRPC.
final class ConnectionTap extends ClientTransportFilter {

  /// Who is told. On a thread of gRPC.
  interface Watch {

    /// A connection is there, secured and greeted.
    ///
    /// @param streams the most that the other side takes at a time
    void onConnected(int streams);

    /// One that was there is gone.
    void onGone();
  }

  /// Tells one that was ready from one that never was.
  private static final Attributes.Key<Boolean> READY =
      Attributes.Key.create("dev.outrider.proxy.xds.grpc.ready");

  private final Watch watch;
  private volatile @Nullable Channel newest;

  ConnectionTap(Watch watch) {
    this.watch = watch;
  }

  /// Who is told.
  Watch watch() {
    return watch;
  }

  /// Makes sockets, and remembers the newest: the one that [#transportReady] is told of next, since
  /// a channel has one at a time.
  ChannelFactory<Channel> sockets(Supplier<? extends Channel> factory) {
    return () -> {
      var socket = factory.get();
      newest = socket;
      return socket;
    };
  }

  /// The first settings of the other side have come and were taken.
  @Override
  public Attributes transportReady(Attributes attributes) {
    var socket = newest;
    var http = socket == null ? null : socket.pipeline().get(Http2ConnectionHandler.class);
    watch.onConnected(
        http == null ? Integer.MAX_VALUE : http.connection().local().maxActiveStreams());
    return attributes.toBuilder().set(READY, true).build();
  }

  @Override
  public void transportTerminated(Attributes attributes) {
    if (attributes.get(READY) != null) {
      watch.onGone();
    }
  }
}
