package dev.outrider.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxy.downstream.ChainCounts;
import dev.outrider.proxy.downstream.HttpStats;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.stream.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Speaks HTTP/1.1 for the admin pages on connections that somebody else accepts. On the main loop.
public final class AdminServer extends ChannelInitializer<Channel> {
  private static final Logger LOG = LoggerFactory.getLogger("admin");
  private static final int MOST_BODY = 64 * 1024;
  private static final int IDLE_SECONDS = 60;

  private final AdminPages pages;
  private final ChainCounts counts;
  private final Clock clock;

  /// @param counts of itself
  public AdminServer(AdminPages pages, ChainCounts counts, Clock clock) {
    this.pages = pages;
    this.counts = counts;
    this.clock = clock;
  }

  /// Where it is counted what its socket accepts.
  public StatCells listenerCells() {
    return counts.listener();
  }

  @Override
  protected void initChannel(Channel channel) {
    channel
        .pipeline()
        .addLast(new ByteCounter(counts.http()))
        .addLast(new HttpServerCodec())
        .addLast(new HttpObjectAggregator(MOST_BODY))
        .addLast(new IdleStateHandler(true, 0, 0, IDLE_SECONDS, TimeUnit.SECONDS))
        .addLast(new Exchange(pages, counts, clock));
  }

  /// Counts what passes the socket.
  private static final class ByteCounter extends ChannelDuplexHandler {
    private final StatCells cells;

    ByteCounter(StatCells cells) {
      this.cells = cells;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      cells.add(HttpStats.CX_RX_BYTES_TOTAL, ((ByteBuf) message).readableBytes());
      context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      if (message instanceof ByteBuf bytes) {
        cells.add(HttpStats.CX_TX_BYTES_TOTAL, bytes.readableBytes());
      }
      context.write(message, promise);
    }
  }

  /// One request after the other of one connection.
  private static final class Exchange extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final AdminPages pages;
    private final ChainCounts counts;
    private final Clock clock;
    private final long startNanos;
    private int running;
    private boolean closedHere;
    // Of the request before: a later answer must not overtake it.
    private CompletionStage<@Nullable Void> last = CompletableFuture.completedFuture(null);

    Exchange(AdminPages pages, ChainCounts counts, Clock clock) {
      this.pages = pages;
      this.counts = counts;
      this.clock = clock;
      this.startNanos = clock.nanoTime();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      counts.connectionOpened();
      counts.http1Opened();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      counts.http1Closed();
      counts.connectionClosed(!closedHere, running > 0, millisSince(startNanos));
    }

    private long millisSince(long nanos) {
      return (clock.nanoTime() - nanos) / 1_000_000;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      boolean good = request.decoderResult().isSuccess();
      boolean keepAlive = good && HttpUtil.isKeepAlive(request);
      long begun = clock.nanoTime();
      running++;
      counts.streamStarted(Protocol.HTTP_1_1);
      var answer =
          good
              ? answer(request)
              : CompletableFuture.completedFuture(AdminResponse.text(400, "Bad Request"));
      var chunked = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
      var method = request.method();
      var uri = request.uri();
      last =
          last.thenCombine(answer, (_, mine) -> mine)
              .thenCompose(
                  mine ->
                      write(context, mine, keepAlive, chunked)
                          .whenComplete((_, _) -> counts.responded(mine.status())))
              .handle(
                  (written, bug) -> {
                    running--;
                    counts.streamEnded(false, false, millisSince(begun));
                    if (!keepAlive && written != null) {
                      closedHere = true;
                      written.addListener(ChannelFutureListener.CLOSE);
                    } else if (written == null) { // half an answer is none
                      LOG.error("{} {} failed while it was sent", method, uri, bug);
                      closedHere = true;
                      context.close();
                    }
                    return null;
                  });
    }

    /// Completes with the last write, when the next answer may be written.
    private static CompletionStage<ChannelFuture> write(
        ChannelHandlerContext context, AdminResponse answer, boolean keepAlive, boolean chunked) {
      var parts = answer.parts();
      if (parts == null) {
        return CompletableFuture.completedFuture(write(context, answer, keepAlive));
      }
      var response =
          new DefaultHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()));
      head(response, answer, keepAlive);
      return PartsSender.send(context, response, parts, chunked);
    }

    private static ChannelFuture write(
        ChannelHandlerContext context, AdminResponse answer, boolean keepAlive) {
      var status = HttpResponseStatus.valueOf(answer.status());
      var file = answer.file();
      if (file == null) {
        var body = Unpooled.wrappedBuffer(answer.body().getBytes(UTF_8));
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        head(response, answer, keepAlive);
        HttpUtil.setContentLength(response, body.readableBytes());
        return context.writeAndFlush(response);
      } else {
        var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        head(response, answer, keepAlive);
        HttpUtil.setContentLength(response, file.bytes());
        context.write(response);
        context.write(new DefaultFileRegion(file.channel(), 0, file.bytes())); // closes it
        return context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
      }
    }

    /// All but how long it is.
    private static void head(HttpResponse response, AdminResponse answer, boolean keepAlive) {
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
          .set(HttpHeaderNames.CACHE_CONTROL, "no-cache, max-age=0")
          .set("x-content-type-options", "nosniff")
          .set(HttpHeaderNames.SERVER, "envoy");
      HttpUtil.setKeepAlive(response, keepAlive);
    }

    private CompletionStage<AdminResponse> answer(FullHttpRequest request) {
      try {
        var uri = new QueryStringDecoder(request.uri());
        var query = uri.parameters().isEmpty() ? form(request) : uri.parameters();
        var asked = new AdminRequest(request.method().name(), uri.path(), query);
        return pages.answer(asked).exceptionally(failure -> failed(asked, failure));
      } catch (IllegalArgumentException malformed) {
        return CompletableFuture.completedFuture(
            AdminResponse.text(400, "Bad Request: " + malformed.getMessage() + "\n"));
      } catch (RuntimeException bug) {
        LOG.error("{} {} failed", request.method(), request.uri(), bug);
        return CompletableFuture.completedFuture(internalError(bug));
      }
    }

    /// Later than at once. Without an answer the next ones of the connection would wait for it.
    private static AdminResponse failed(AdminRequest request, Throwable failure) {
      var why = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
      LOG.error("{} {} failed", request.method(), request.path(), why);
      return internalError(why);
    }

    private static AdminResponse internalError(@Nullable Throwable why) {
      return AdminResponse.text(500, "internal error: " + why + "\n");
    }

    /// What a form says in the body.
    private static Map<String, List<String>> form(FullHttpRequest request) {
      return HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED.contentEqualsIgnoreCase(
              request.headers().get(HttpHeaderNames.CONTENT_TYPE, ""))
          ? new QueryStringDecoder(request.content().toString(UTF_8), false).parameters()
          : Map.of();
    }

    /// Idle is a connection on which nothing is asked, and one whose client takes nothing of an
    /// answer, which may be half made: a page that takes its time has nothing to send meanwhile.
    /// The first event comes even if something leaves: only those behind it compare.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof IdleStateEvent idle) {
        var sending = sending(context);
        if (sending ? !idle.isFirst() : running == 0) {
          closedHere = true;
          context.close();
        }
      }
    }

    private static boolean sending(ChannelHandlerContext context) {
      var unsent = context.channel().unsafe().outboundBuffer();
      return unsent != null && !unsent.isEmpty();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("admin connection: {}", cause.toString()); // the client has gone
      context.close();
    }
  }
}
