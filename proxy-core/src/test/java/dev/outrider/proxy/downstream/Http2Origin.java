package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http2.FramePeer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.function.UnaryOperator;

/// The service that a [MemoryProxy] has connected to last, over HTTP/2.
final class Http2Origin implements AutoCloseable {
  private final MemoryProxy.Peer peer;
  private final FramePeer frames = new FramePeer(true);

  /// Its settings are sent.
  ///
  /// @param settings numbers and values in turn
  Http2Origin(MemoryProxy proxy, long... settings) {
    this.peer = proxy.upstream();
    say(frames -> frames.settings(settings));
  }

  /// All of it arrives at once.
  Http2Origin say(UnaryOperator<FramePeer> script) {
    peer.channel.writeInbound(script.apply(frames).bytes());
    peer.open();
    return this;
  }

  /// As [#say], for bytes.
  Http2Origin send(byte[] frames) {
    peer.channel.writeInbound(Unpooled.copiedBuffer(frames));
    peer.open();
    return this;
  }

  /// Bytes that have come and have not been read.
  int waiting() {
    peer.open();
    return Http2Peer.waiting(peer);
  }

  /// As [#say], and in the same round of the loop the connection ends.
  void sayAndHangUp(UnaryOperator<FramePeer> script) {
    peer.channel.pipeline().fireChannelRead(script.apply(frames).bytes());
    peer.close();
  }

  /// What came since it was asked last, but for what belongs to the connection: `HEADERS 1
  /// :method=GET ...`, `DATA 1 'text' end`, `RST 1 CANCEL`.
  List<String> received() {
    peer.open();
    for (ByteBuf bytes = peer.channel.readOutbound();
        bytes != null;
        bytes = peer.channel.readOutbound()) {
      frames.read(bytes);
    }
    return frames.frames().stream()
        .filter(
            line -> line.startsWith("HEADERS") || line.startsWith("DATA") || line.startsWith("RST"))
        .toList();
  }

  boolean open() {
    return peer.open();
  }

  @Override
  public void close() {
    frames.close();
  }
}
