package dev.outrider.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HopByHop;
import dev.outrider.proxy.http.Http1Events;
import dev.outrider.proxy.http.Http1Limits;
import dev.outrider.proxy.http.Http1Parser;
import dev.outrider.proxy.http.Http1Writer;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.http.RequestHeadCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/// A request's head: parsed, checked, edited three times and written, over and over.
final class HeadRig implements Http1Events, AutoCloseable {
  private static final HeaderName X_SUBJECT = HeaderName.of("x-subject");
  private static final byte[] VALUE = "alice".getBytes(US_ASCII);

  private final boolean forward;
  private final ByteBuf in;
  private final HeadStores stores = new HeadStores(false);
  private final Http1Writer writer = new Http1Writer(PooledByteBufAllocator.DEFAULT, this::written);
  private final Http1Parser parser =
      new Http1Parser(Http1Parser.Role.REQUESTS, "http", Http1Limits.REQUEST, stores, this);
  private long bytes;

  /// @param headers how many headers the request has beside `host`
  /// @param forward false: parsed only
  HeadRig(int headers, boolean forward) {
    this.forward = forward;
    var request =
        new StringBuilder("GET /api/v1/items?page=2 HTTP/1.1\r\nHost: shop.example.test\r\n");
    for (int i = 0; i < headers; i++) {
      request.append(
          switch (i) {
            case 0 -> "User-Agent: curl/8.5.0";
            case 1 -> "Accept: */*";
            case 2 -> "Accept-Encoding: gzip, deflate";
            case 3 -> "Cookie: session=abcdef0123456789";
            case 4 -> "X-Request-Id: 7c2d2a1e-6f0a-4b1e-9a51-2f3c6d7e8f90";
            default -> "X-Custom-" + i + ": some value of usual length " + i;
          });
      request.append("\r\n");
    }
    var text = request.append("\r\n").toString().getBytes(US_ASCII);
    in = PooledByteBufAllocator.DEFAULT.directBuffer(text.length).writeBytes(text);
  }

  /// One request; answers how many bytes have been written so far, which grows.
  long run() {
    in.readerIndex(0);
    parser.feed(in);
    parser.next();
    return bytes;
  }

  private void written(ByteBuf out) {
    bytes += out.readableBytes();
    out.release();
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    if (forward) {
      HopByHop.request(head, false);
      RequestHeadCheck.check(head);
      head.set(X_SUBJECT, VALUE, 0, VALUE.length);
      head.add(HeaderNames.X_FORWARDED_FOR, VALUE, 0, VALUE.length);
      head.remove(HeaderNames.COOKIE);
      writer.requestHead(head, end);
      writer.flush();
    } else {
      bytes += head.count();
    }
    head.release();
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    chunk.release();
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    trailers.release();
  }

  @Override
  public void onError(MessageError error) {
    throw new IllegalStateException(error.details());
  }

  @Override
  public void close() {
    parser.close();
    in.release();
  }
}
