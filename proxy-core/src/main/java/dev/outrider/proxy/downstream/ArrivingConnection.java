package dev.outrider.proxy.downstream;

import dev.outrider.proxy.downstream.arrival.Arrival;
import dev.outrider.proxy.downstream.arrival.ArrivalFilter;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection at whose first bytes listener filters look; then it gives way to its filter chain.
/// What has been read is handed on as it came, or in one piece if it came in several. Owned by its
/// loop.
final class ArrivingConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger("conn_handler");

  private final Listener listener;
  private final ListenerScope scope;
  private final Loop loop;
  private final Channel channel;
  private final Arrival arrival;
  private final long startNanos;
  private final Timer timer;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf seen;
  private @Nullable ArrivalFilter filter;
  private int place;
  private boolean reading;
  private boolean over;

  ArrivingConnection(
      Listener listener, ListenerScope scope, Channel channel, Arrival arrival, long startNanos) {
    this.listener = listener;
    this.scope = scope.retain();
    this.loop = scope.context().loop();
    this.channel = channel;
    this.arrival = arrival;
    this.startNanos = startNanos;
    this.timer = loop.timers().newTimer(this::onTimeout);
  }

  Channel channel() {
    return channel;
  }

  /// Starts with the first filter. *Takes* what has been read already.
  void begin(ByteBuf bytes) {
    seen = bytes;
    scope.cells().inc(ListenerStats.PRE_CX_ACTIVE);
    var millis = scope.config().filters().timeoutMillis();
    if (millis > 0) {
      timer.arm(millis);
    }
    channel.pipeline().addLast(this);
    look();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext newContext) {
    context = newContext;
  }

  @Override
  public void channelRead(ChannelHandlerContext here, Object message) {
    if (over) {
      here.fireChannelRead(message);
      return;
    }
    loop.turn().begin();
    reading = true;
    try {
      append((ByteBuf) message);
      look();
    } catch (RuntimeException | Error bug) {
      onBug(bug);
    } finally {
      reading = false;
      loop.turn().endAndFlush();
    }
  }

  private void append(ByteBuf bytes) {
    var before = seen;
    if (before == null || !before.isReadable()) {
      release();
      seen = bytes;
      return;
    }
    if (before.maxFastWritableBytes() < bytes.readableBytes() || before.refCnt() > 1) {
      var joined = channel.alloc().buffer(2 * (before.readableBytes() + bytes.readableBytes()));
      joined.writeBytes(before);
      before.release();
      before = joined;
      seen = joined;
    }
    before.writeBytes(bytes);
    bytes.release();
  }

  private void look() {
    while (seen != null && place < scope.filters().count()) {
      if (filter == null) {
        filter = scope.filters().filter(place, arrival);
      }
      switch (filter.look(arrival, seen)) {
        case MORE -> {
          return;
        }
        case DONE -> {
          filter = null;
          place++;
        }
        case CLOSE -> {
          closeNow();
          return;
        }
      }
    }
    arrived();
  }

  private void arrived() {
    var bytes = seen;
    if (!over && bytes != null) {
      end();
      seen = null;
      try {
        listener.arrived(this, arrival, startNanos, bytes);
      } finally {
        scope.release();
      }
    }
  }

  /// Its chain has its handlers in place and gets the bytes, which it *takes*.
  void handOn(ByteBuf bytes) {
    var here = context;
    leave();
    if (here == null || !bytes.isReadable() || !channel.isOpen()) {
      bytes.release();
      return;
    }
    here.fireChannelRead(bytes);
    if (!reading) { // or else the end of the read comes by itself
      here.fireChannelReadComplete();
    }
  }

  /// Gives its place in the pipeline up.
  void leave() {
    if (channel.pipeline().context(this) != null) { // gone if the connection was closed at once
      channel.pipeline().remove(this);
    }
  }

  private void onTimeout() {
    scope.cells().inc(ListenerStats.PRE_CX_TIMEOUT);
    if (!scope.config().filters().continueOnTimeout()) {
      closeNow();
      return;
    }
    loop.turn().begin();
    try {
      arrived();
    } finally {
      loop.turn().endAndFlush();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext here) {
    if (!over) {
      scope.cells().inc(ListenerStats.FILTER_REMOTE_CLOSE);
      closed();
    }
    here.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext here, Throwable cause) {
    LOG.debug("{}", cause.toString());
    if (!over) {
      scope.cells().inc(ListenerStats.FILTER_ERROR);
      closeNow();
    }
  }

  private void onBug(Throwable bug) {
    LOG.error("connection from {} ended by a bug", arrival.addresses().directRemote(), bug);
    closeNow();
    channel.close(); // it may have left already
  }

  /// Ends it before it has a chain.
  void closeNow() {
    if (!over) {
      if (seen != null && seen.isReadable()) {
        resetOnClose(channel);
      }
      closed();
      channel.close();
    }
  }

  /// Envoy has not read what it only looked at, which the client is told by a reset.
  static void resetOnClose(Channel channel) {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
  }

  /// The access log of the listener hears of it all the same.
  private void closed() {
    end();
    release();
    listener.closed(this);
    if (scope.logs()) {
      var info = scope.streamInfo(listener.info(arrival), startNanos);
      info.times().ended(loop.clock().nanoTime());
      scope.log(info);
    }
    scope.release();
  }

  private void end() {
    over = true;
    timer.cancel();
    scope.cells().dec(ListenerStats.PRE_CX_ACTIVE);
  }

  private void release() {
    if (seen != null) {
      seen.release();
      seen = null;
    }
  }
}
