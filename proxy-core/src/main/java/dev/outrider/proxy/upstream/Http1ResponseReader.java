package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HopByHop;
import dev.outrider.proxy.http.Http1Events;
import dev.outrider.proxy.http.Http1Parser;
import dev.outrider.proxy.http.Http1Syntax;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.http.WireFields;
import dev.outrider.proxy.metrics.GaugeShare;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// The reading half of an [Http1UpstreamConnection]: turns bytes into the response of the attempt
/// that is carried. Reading stops only when bytes arrive while the response is held back; what the
/// peer sent before it closed is still delivered.
final class Http1ResponseReader implements Http1Events {
  private final Http1UpstreamConnection connection;
  private final StatCells cells;
  private final Http1Parser parser;
  private final BodyBuffer unread = new BodyBuffer(Integer.MAX_VALUE);
  private final GaugeShare unreadGauge;
  private @Nullable UpstreamStream stream;
  private final boolean trailers;
  private boolean held;
  private boolean askedForTunnel;
  private boolean reusable;
  private boolean cutShort;
  private long messageBytes;
  private long headerBytes;
  private boolean peerClosed;
  private boolean closed;

  Http1ResponseReader(
      Http1UpstreamConnection connection, HeadStores heads, StatCells cells, Http1Syntax syntax) {
    this.connection = connection;
    this.cells = cells;
    this.unreadGauge = new GaugeShare(cells, ClusterStats.UPSTREAM_CX_RX_BYTES_BUFFERED);
    this.parser = new Http1Parser(Http1Parser.Role.RESPONSES, syntax, heads, this);
    this.trailers = syntax.options().enableTrailers();
  }

  /// The response that comes next is for `receiver`.
  void carry(UpstreamStream receiver) {
    stream = receiver;
    held = false;
    messageBytes = 0;
    headerBytes = 0;
  }

  /// Bytes of the current response that have been read.
  long messageBytes() {
    return messageBytes;
  }

  /// How many of them Envoy counts as header bytes.
  long headerBytes() {
    return headerBytes;
  }

  /// The response that was read last came to its end before its request did.
  boolean cutShort() {
    return cutShort;
  }

  /// A request has been sent. `bodyless` for HEAD.
  void expect(boolean bodyless, Tunnel asked) {
    askedForTunnel = asked != Tunnel.NONE;
    parser.expect(bodyless, asked);
  }

  /// Whose response is being read; null when none is expected, or the last has been read to its
  /// end.
  @Nullable UpstreamStream stream() {
    return stream;
  }

  /// Whether the response that was read last, and its request, allow another one: nothing may be
  /// left that the next one could be mistaken for.
  boolean reusable() {
    return reusable && !peerClosed && unread.isEmpty();
  }

  /// The connection carries nothing: it reads whatever comes, the end of the peer above all.
  void rest(Channel channel) {
    held = false; // by the client of the response that is over
    readOn(channel);
  }

  void hold() {
    held = true;
  }

  void release() {
    held = false;
  }

  /// *Takes* the bytes.
  void read(ByteBuf bytes, Channel channel) {
    if (stream == null) {
      bytes.release();
      cells.inc(ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
      connection.close(); // nobody asked
    } else if (held || !unread.isEmpty()) {
      unread.append(bytes);
      unreadGauge.show(unread.length());
      if (channel.config().isAutoRead()) {
        channel.config().setAutoRead(false);
        cells.inc(ClusterStats.UPSTREAM_FLOW_CONTROL_PAUSED_READING_TOTAL);
      }
    } else {
      feed(bytes);
    }
  }

  private void feed(ByteBuf bytes) {
    messageBytes += bytes.readableBytes(); // Envoy counts what nobody asked for as well
    try {
      parser.feed(bytes);
      if (bytes.isReadable() && !closed) {
        cells.inc(ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
        connection.close(); // more than was asked for
      }
    } finally {
      bytes.release();
    }
    settleIfDone();
  }

  private void settleIfDone() {
    if (stream == null && !closed) {
      connection.onResponseDone();
    }
  }

  /// Goes on with what was kept, then with what the channel has.
  void resume(Channel channel) {
    while (!held && !closed && stream != null) {
      var bytes = unread.poll();
      if (bytes == null) {
        break;
      }
      unreadGauge.show(unread.length());
      feed(bytes);
    }
    if (closed || held) {
      return;
    }
    if (peerClosed) {
      onPeerClosed();
    } else {
      readOn(channel);
    }
  }

  private void readOn(Channel channel) {
    if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
      cells.inc(ClusterStats.UPSTREAM_FLOW_CONTROL_RESUMED_READING_TOTAL);
    }
  }

  void onPeerClosed() {
    peerClosed = true;
    if (closed || !unread.isEmpty()) {
      return;
    }
    if (stream == null) {
      connection.onClosedByPeer();
    } else if (parser.eof()) {
      settleIfDone();
    } else {
      var why = ResetReason.CONNECTION_TERMINATION;
      if (parser.begun() && !parser.tunnel()) {
        why = ResetReason.PROTOCOL_ERROR;
        cells.inc(ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
      }
      connection.fail(why, "", true);
    }
  }

  void close() {
    closed = true;
    stream = null;
    unread.close();
    unreadGauge.show(0);
    parser.close();
  }

  // ---- what the parser reports

  @Override
  public void onHead(HeaderMap head, boolean end) {
    headerBytes = WireFields.bytes(head);
    if (!parser.keepAlive() && head.contains(HeaderNames.CONNECTION)) {
      cells.inc(ClusterStats.UPSTREAM_CX_CLOSE_NOTIFY);
    }
    HopByHop.response(head, parser.tunnel());
    var receiver = receiver(end);
    if (receiver != null) {
      receiver.deliverHead(head, end);
    } else {
      head.release();
    }
  }

  @Override
  public void onInformational(HeaderMap head) {
    if (stream != null) {
      stream.deliverInformational(head);
    }
    head.release();
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    var receiver = receiver(end);
    if (receiver != null) {
      receiver.deliverBody(chunk, end);
    } else {
      chunk.release();
    }
  }

  @Override
  public void onTrailers(HeaderMap head) {
    var receiver = receiver(true);
    if (receiver != null && trailers) {
      receiver.deliverTrailers(head);
      return;
    }
    head.release();
    if (receiver != null) {
      receiver.deliverBody(Unpooled.EMPTY_BUFFER, true);
    }
  }

  @Override
  public void onError(MessageError error) {
    cells.inc(ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
    connection.fail(ResetReason.PROTOCOL_ERROR, "", false);
  }

  /// Who gets the event; the last one of a message lets the attempt go first.
  private @Nullable UpstreamStream receiver(boolean end) {
    var receiver = stream;
    if (end && receiver != null) {
      cutShort = !receiver.requestEnded();
      // What was said in a tunnel that was refused would be read as the next request.
      reusable = parser.keepAlive() && !cutShort && !askedForTunnel;
      stream = null;
    }
    return receiver;
  }
}
