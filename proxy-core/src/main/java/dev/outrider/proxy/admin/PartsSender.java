package dev.outrider.proxy.admin;

import dev.outrider.proxy.metrics.TextParts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// Sends an answer that is made while it is sent, a piece in each turn of the loop, so that between
/// two of them the loop does what else there is to do; a client that takes its time is waited for.
/// What fits into one piece is sent as a whole. On the channel's loop.
final class PartsSender {
  private final ChannelHandlerContext context;
  private final HttpResponse head;
  private final TextParts parts;
  private final boolean chunked;
  private final CompletableFuture<ChannelFuture> sent = new CompletableFuture<>();
  private final ByteBuf gathered;
  private boolean begun;

  private PartsSender(
      ChannelHandlerContext context, HttpResponse head, TextParts parts, boolean chunked) {
    this.context = context;
    this.head = head;
    this.parts = parts;
    this.chunked = chunked;
    this.gathered = context.alloc().buffer();
  }

  /// Begins, and answers what completes with the last write; with a failure if a piece could not be
  /// made: what the client has by then is no answer, and nothing may follow it.
  ///
  /// @param head all but how long the answer is
  /// @param chunked the client understands chunks; else all of it is gathered
  static CompletionStage<ChannelFuture> send(
      ChannelHandlerContext context, HttpResponse head, TextParts parts, boolean chunked) {
    var sender = new PartsSender(context, head, parts, chunked);
    sender.next();
    return sender.sent;
  }

  private void next() {
    CharSequence piece;
    try {
      piece = context.channel().isActive() ? parts.next() : null;
    } catch (RuntimeException | Error bug) {
      if (!begun) { // else the channel has it
        gathered.release();
      }
      sent.completeExceptionally(bug);
      return;
    }
    if (piece == null) {
      end();
    } else if (begun) {
      write(ByteBufUtil.writeUtf8(context.alloc(), piece));
    } else {
      ByteBufUtil.writeUtf8(gathered, piece);
      if (chunked && gathered.readableBytes() >= TextParts.PIECE) {
        begun = true;
        HttpUtil.setTransferEncodingChunked(head, true);
        context.write(head);
        write(gathered);
      } else {
        later();
      }
    }
  }

  /// Not as a plain task: of those the loop does all there are before it looks at its sockets, one
  /// that comes from another among them.
  private void later() {
    var _ = context.executor().schedule(this::next, 0, TimeUnit.NANOSECONDS);
  }

  private void write(ByteBuf piece) {
    context
        .writeAndFlush(new DefaultHttpContent(piece))
        // One that failed makes the channel inactive.
        .addListener(_ -> later());
  }

  private void end() {
    if (begun) {
      sent.complete(context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
    } else {
      HttpUtil.setContentLength(head, gathered.readableBytes());
      var whole = new DefaultFullHttpResponse(head.protocolVersion(), head.status(), gathered);
      whole.headers().set(head.headers());
      sent.complete(context.writeAndFlush(whole));
    }
  }
}
