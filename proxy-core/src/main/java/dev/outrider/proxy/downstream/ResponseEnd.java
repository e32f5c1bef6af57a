package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import io.netty.buffer.ByteBuf;

/// The end of a stream's response pass: completes the head, writes down what left, and gives it to
/// the transport. Lets nothing through that comes after the end of the stream.
final class ResponseEnd implements MessageSink {
  private final HttpStream stream;
  private final StreamTransport transport;
  private final HttpChain chain;
  private final StreamInfo info;

  ResponseEnd(HttpStream stream, StreamTransport transport, HttpChain chain) {
    this.stream = stream;
    this.transport = transport;
    this.chain = chain;
    this.info = stream.info();
  }

  @Override
  public void onInformational(HeaderMap head) {
    chain.counts().responded(head.status());
    transport.onInformational(head);
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    if (!stream.onResponseStarts(head, end)) {
      return;
    }
    ResponseHeaders.apply(head, info.requestHead(), chain);
    var proxyStatus = chain.http().proxyStatus();
    if (proxyStatus != null) {
      ProxyStatus.apply(head, info, proxyStatus);
    }
    var status = head.status();
    info.responseCode(status);
    info.times().mark(TimePoint.DOWNSTREAM_TX_BEGIN, chain.context().loop().clock().nanoTime());
    if (!info.healthCheck()) {
      chain.counts().responded(status);
    }
    stream.onResponseHead(head, end);
    transport.onHead(head, end);
    endIf(end);
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (!stream.responding()) {
      chunk.release();
      return;
    }
    info.sizes().addResponseBody(chunk.readableBytes());
    transport.onBody(chunk, end);
    endIf(end);
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (stream.responding()) {
      transport.onTrailers(trailers);
      endIf(true);
    }
  }

  @Override
  public void onReset(ResetReason why) {
    stream.breakOff(why, info.details());
  }

  private void endIf(boolean end) {
    if (end) {
      stream.onResponseEnds();
    }
  }
}
