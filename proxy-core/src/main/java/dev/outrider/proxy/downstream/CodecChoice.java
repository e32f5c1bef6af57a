package dev.outrider.proxy.downstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.overload.TimeoutScaling;
import dev.outrider.proxy.stream.ConnectionInfo;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection of which nobody knows yet which version of HTTP it speaks: HTTP/2 if it begins with
/// the first words of that preface (RFC 9113 3.4), in however many pieces, else HTTP/1. Then it
/// gives way to the server side of that version.
final class CodecChoice extends ChannelInboundHandlerAdapter implements ServedConnection {
  private static final Logger LOG = LoggerFactory.getLogger("http");

  /// As much as Envoy looks at.
  private static final byte[] PREFACE = "PRI * HTTP/2".getBytes(US_ASCII);

  private final HttpChain chain;
  private final Loop loop;
  private final Channel channel;
  private final ConnectionInfo info;
  private final long startNanos;
  private final Timer timer;
  private final ConnectionAge age;
  private @Nullable ByteBuf seen;
  private boolean decided;

  CodecChoice(HttpChain chain, Channel channel, ConnectionInfo info, long startNanos) {
    this.chain = chain;
    this.channel = channel;
    this.info = info;
    this.startNanos = startNanos;
    this.loop = chain.context().loop();
    this.timer = loop.timers().newTimer(this::onTimeout);
    this.age = new ConnectionAge(chain, startNanos, this::closeNow);
    chain.opened(this);
    var millis = chain.restMillis();
    if (millis > 0) {
      timer.arm(millis);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var bytes = (ByteBuf) message;
    if (seen == null && chain.shedsConnection()) {
      bytes.release();
      closeNow();
      return;
    }
    var before = seen;
    if (before != null) {
      before.writeBytes(bytes);
      bytes.release();
      bytes = before;
    }
    var length = Math.min(bytes.readableBytes(), PREFACE.length);
    for (var i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE[i]) {
        decide(context, bytes, new Http1DownstreamConnection(chain, channel, info, startNanos));
        return;
      }
    }
    if (length == PREFACE.length) {
      decide(context, bytes, new Http2DownstreamConnection(chain, channel, info, startNanos));
    } else {
      await(bytes);
    }
  }

  /// Keeps what may be the beginning of the preface, for as long as half a head would be waited
  /// for.
  private void await(ByteBuf bytes) {
    if (seen != null) {
      return;
    }
    seen = channel.alloc().buffer(PREFACE.length);
    seen.writeBytes(bytes);
    bytes.release();
    var millis = chain.headMillis();
    if (millis > 0) {
      timer.arm(millis);
    }
  }

  /// *Takes* the bytes, which are the first that the connection sees.
  private void decide(
      ChannelHandlerContext context, ByteBuf bytes, ChannelInboundHandlerAdapter connection) {
    decided = true;
    seen = null;
    timer.cancel();
    age.stop();
    chain.closed(this);
    context.pipeline().addLast(connection);
    context.pipeline().remove(this); // the first bytes may be the last: the pipeline is gone then
    context.fireChannelRead(bytes);
  }

  @Override
  public void onTimeoutsScaled(TimeoutScaling before, TimeoutScaling after) {
    age.onTimeoutsScaled(chain.http().timeouts().maxConnectionMillis(), before, after);
    if (seen == null) {
      timer.shift(chain.restShift(before, after));
    }
  }

  /// The first request may be on its way.
  @Override
  public void onProcessEnds() {}

  @Override
  public void closeIfIdle() {
    closeNow();
  }

  @Override
  public void closeNow() {
    end(false);
    channel.close();
  }

  private void onTimeout() {
    chain.httpCells().inc(HttpStats.CX_IDLE_TIMEOUT);
    closeNow();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end(true);
    context.fireChannelInactive();
  }

  private void end(boolean byPeer) {
    if (decided) {
      return;
    }
    decided = true;
    timer.cancel();
    age.stop();
    if (seen != null) {
      seen.release();
      seen = null;
    }
    chain
        .counts()
        .connectionClosed(byPeer, false, (loop.clock().nanoTime() - startNanos) / 1_000_000);
    chain.closed(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("[C{}] {}", info.id(), cause.toString());
    context.close();
  }
}
