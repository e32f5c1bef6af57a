package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// One stream of an [Http2Connection]. As a [MessageSink] it takes the message that we send, and
/// borrows its heads; as a [FlowControl] it holds back the message that we receive. Recycled: its
/// owner must forget it when it calls [#done].
public final class Http2Stream implements MessageSink, FlowControl {
  // ---- what the connection keeps here

  final InboundFlow inbound = new InboundFlow();
  final HoldSet holds = new HoldSet();
  final BodyBuffer queue = new BodyBuffer(Integer.MAX_VALUE);
  private @Nullable Http2Connection connection;
  private int id;
  @Nullable Http2StreamSink sink;

  /// Bytes of DATA that arrived while the stream was held.
  int unconsumed;

  /// What `content-length` still promises, or [HeadCheck#NO_LENGTH].
  long expected;

  int sendWindow;

  /// The request that we sent was HEAD: `content-length` promises nothing.
  boolean toHead;

  boolean headSeen;
  boolean remoteEnded;

  /// The end of what we send is known; it may still be queued.
  boolean localEnded;

  /// END_STREAM has been written.
  boolean endSent;

  boolean full;
  boolean ready;
  boolean over;
  boolean done;
  @Nullable HeaderMap trailers;
  @Nullable Http2Stream nextReady;
  long flushDeadline;

  /// In place of what the connection says; -1 = as it says.
  long flushMillis = -1;

  long bytesReceived;
  long headBytesReceived;
  long bytesSent;
  long headBytesSent;

  Http2Stream() {}

  void start(Http2Connection owner, int newId, int receiveWindow, int newSendWindow) {
    connection = owner;
    id = newId;
    sink = null;
    inbound.start(receiveWindow);
    holds.clear();
    sendWindow = newSendWindow;
    unconsumed = 0;
    expected = HeadCheck.NO_LENGTH;
    toHead = false;
    headSeen = false;
    remoteEnded = false;
    localEnded = false;
    endSent = false;
    full = false;
    over = false;
    done = false;
    flushDeadline = 0;
    flushMillis = -1;
    bytesReceived = 0;
    headBytesReceived = 0;
    bytesSent = 0;
    headBytesSent = 0;
  }

  void forget() {
    connection = null;
    sink = null;
  }

  private Http2Connection connection() {
    var owner = connection;
    if (owner == null) {
      throw new IllegalStateException("stream used after it was done");
    }
    return owner;
  }

  // ---- for the owner

  public int id() {
    return id;
  }

  /// False while too much waits to be sent; a change is told by [Http2StreamSink#onWritable]. What
  /// is given nevertheless is queued.
  public boolean writable() {
    return !full && connection().channelWritable();
  }

  /// How long the peer may take nothing of a message that has been given in full, in milliseconds;
  /// 0 = any time, -1 = as the connection says.
  public void flushMillis(long millis) {
    flushMillis = millis;
  }

  /// Everything that was given has left the stream, or never will.
  public boolean sent() {
    return endSent || over;
  }

  /// What came on the stream: frames of heads and bodies, padding included, and a reset.
  public long bytesReceived() {
    return bytesReceived;
  }

  /// Header blocks as they came, each with the head of a frame.
  public long headBytesReceived() {
    return headBytesReceived;
  }

  /// What left on the stream so far: frames of heads and bodies, and a reset.
  public long bytesSent() {
    return bytesSent;
  }

  /// Header blocks as they left, each with the head of a frame.
  public long headBytesSent() {
    return headBytesSent;
  }

  /// The whole message of the peer has arrived.
  public boolean remoteEnded() {
    return remoteEnded;
  }

  /// Both directions are finished, or the stream was reset.
  public boolean over() {
    return over;
  }

  /// Ends the stream in both directions; the sink is not told.
  public void reset(Http2Error error) {
    connection().resetStream(this, error);
  }

  /// The owner is interested no longer: nothing is delivered any more, what was given is sent to
  /// its end. If that end has not been given, the stream is reset; if the peer has not ended, it is
  /// asked to stop, once our end is out.
  public void done() {
    connection().streamDone(this);
  }

  @Override
  public void onInformational(HeaderMap head) {
    connection().sendInformational(this, head);
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    connection().sendHead(this, head, end);
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    connection().sendBody(this, chunk, end);
  }

  @Override
  public void onTrailers(HeaderMap ownTrailers) {
    connection().sendTrailers(this, ownTrailers);
  }

  @Override
  public void onReset(ResetReason why) {
    reset(
        switch (why) {
          case LOCAL_REFUSED, REMOTE_REFUSED -> Http2Error.REFUSED_STREAM;
          case CONNECT_ERROR -> Http2Error.CONNECT_ERROR;
          case LOCAL_RESET,
              PROTOCOL_ERROR,
              REMOTE_RESET,
              LOCAL_CONNECTION_FAILURE,
              REMOTE_CONNECTION_FAILURE,
              CONNECTION_TIMEOUT,
              CONNECTION_TERMINATION,
              OVERFLOW,
              OVERLOAD,
              PREMATURE_HALF_CLOSE ->
              Http2Error.INTERNAL_ERROR;
        });
  }

  @Override
  public void hold(Hold cause) {
    holds.hold(cause);
  }

  @Override
  public void release(Hold cause) {
    if (holds.release(cause)) {
      connection().streamReleased(this);
    }
  }
}
