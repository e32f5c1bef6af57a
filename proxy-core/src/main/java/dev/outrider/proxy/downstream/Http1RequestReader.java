package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.Http1Events;
import dev.outrider.proxy.http.Http1Parser;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.metrics.GaugeShare;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;

/// The reading half of an [Http1DownstreamConnection]: turns bytes into one request after the
/// other, and keeps what comes too early. Reading stops only when bytes arrive that nobody may
/// take: of a request behind the one that runs, or of a body that is held back.
final class Http1RequestReader implements Http1Events, SignalTarget {
  private static final int RESUME = 0;

  private final Http1DownstreamConnection connection;
  private final HttpChain chain;
  private final Channel channel;
  private final HttpStream stream;
  private final Http1Parser parser;
  private final BodyBuffer unread = new BodyBuffer(Integer.MAX_VALUE);
  private final GaugeShare unreadGauge;
  private final HoldSet holds = new HoldSet();
  private boolean headBegun;

  /// Nothing more is read: the parser has lost its way, or the connection ends.
  private boolean deaf;

  private boolean resumeAsked;
  private long messageBytes;

  Http1RequestReader(
      Http1DownstreamConnection connection, HttpChain chain, Channel channel, HttpStream stream) {
    this.connection = connection;
    this.chain = chain;
    this.channel = channel;
    this.stream = stream;
    this.unreadGauge = new GaugeShare(chain.httpCells(), HttpStats.CX_RX_BYTES_BUFFERED);
    this.parser =
        new Http1Parser(Http1Parser.Role.REQUESTS, chain.syntax(), chain.context().heads(), this);
  }

  /// *Takes* the bytes.
  void read(ByteBuf bytes) {
    if (deaf) {
      bytes.release();
    } else if (!unread.isEmpty() || blocked()) {
      unread.append(bytes);
      stopReading();
    } else {
      feed(bytes);
    }
    unreadGauge.show(unread.length());
  }

  /// The exchange is over and the next request may come.
  void next() {
    holds.clear();
    messageBytes = 0;
    parser.next();
    askToResume();
  }

  /// What still comes is thrown away; it is read, so that the client is not reset while it writes.
  void throwAway() {
    deaf = true;
    unread.close();
    unreadGauge.show(0);
    if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
  }

  void close() {
    deaf = true;
    unread.close();
    unreadGauge.show(0);
    parser.close();
  }

  void hold(Hold cause) {
    holds.hold(cause);
  }

  void release(Hold cause) {
    if (holds.release(cause)) {
      askToResume();
    }
  }

  /// The current request has come to its end.
  boolean complete() {
    return parser.complete();
  }

  /// Bytes of the current request that have been read.
  long messageBytes() {
    return messageBytes;
  }

  /// Nothing of another request is here.
  boolean quiet() {
    return unread.isEmpty() && (parser.idle() || parser.complete());
  }

  boolean keepAlive() {
    return parser.keepAlive();
  }

  boolean upgrade() {
    return parser.upgrade();
  }

  boolean http10() {
    return parser.http10();
  }

  boolean expectContinue() {
    return parser.expectContinue();
  }

  private boolean blocked() {
    return holds.held() || parser.complete();
  }

  private void feed(ByteBuf bytes) {
    var before = bytes.readableBytes();
    messageBytes += before; // all of it, if an error ends it here
    try {
      parser.feed(bytes);
      if (!deaf) {
        messageBytes -= bytes.readableBytes();
      }
      if (!deaf && bytes.isReadable()) {
        unread.append(bytes.retain());
      }
    } finally {
      bytes.release();
    }
    if (!deaf && !headBegun && stream.idle() && !parser.idle()) {
      headBegun = true;
      connection.onHeadBegun();
    }
  }

  /// As [#feed], but what is left goes to the front of what waits.
  private void feedFirst(ByteBuf bytes) {
    if (unread.isEmpty()) {
      feed(bytes);
      return;
    }
    var rest = new BodyBuffer(Integer.MAX_VALUE);
    for (var more = unread.poll(); more != null; more = unread.poll()) {
      rest.append(more);
    }
    feed(bytes);
    for (var more = rest.poll(); more != null; more = rest.poll()) {
      unread.append(more);
    }
  }

  private void stopReading() {
    if (channel.config().isAutoRead()) {
      channel.config().setAutoRead(false);
      chain.httpCells().inc(HttpStats.FLOW_CONTROL_PAUSED_READING_TOTAL);
    }
  }

  private void askToResume() {
    if (!resumeAsked) {
      resumeAsked = true;
      chain.context().loop().turn().post(this, RESUME);
    }
  }

  private void resume() {
    resumeAsked = false;
    while (!deaf && !blocked()) {
      var bytes = unread.poll();
      if (bytes == null) {
        break;
      }
      feedFirst(bytes);
    }
    if (deaf) {
      unread.close();
    } else if (unread.isEmpty() && !channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
      chain.httpCells().inc(HttpStats.FLOW_CONTROL_RESUMED_READING_TOTAL);
    }
    unreadGauge.show(unread.length());
  }

  // ---- what the parser reports

  @Override
  public void onHead(HeaderMap head, boolean end) {
    headBegun = false;
    if (parser.underscores() > 0) {
      chain.http1Cells().add(Http1Stats.DROPPED_HEADERS_WITH_UNDERSCORES, parser.underscores());
    }
    connection.onRequest(head, end);
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    stream.onBody(chunk, end);
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (chain.http().http1().enableTrailers()) {
      stream.onTrailers(trailers);
    } else {
      trailers.release();
      stream.onBody(Unpooled.EMPTY_BUFFER, true);
    }
  }

  @Override
  public void onError(MessageError error) {
    deaf = true;
    if (error == MessageError.UNEXPECTED_UNDERSCORE) {
      chain.http1Cells().inc(Http1Stats.REQUESTS_REJECTED_WITH_UNDERSCORES);
    }
    connection.onGarbled(error);
  }

  // ---- signals

  @Override
  public int generation() {
    return 0;
  }

  @Override
  public void onSignal(int signal) {
    resume();
  }

  @Override
  public void onBug(Throwable bug) {
    connection.onBug(bug);
  }
}
