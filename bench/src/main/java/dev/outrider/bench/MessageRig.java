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

/// One HTTP/1.1 message, over and over: parsed, or parsed, checked, edited and written.
final class MessageRig implements Http1Events, AutoCloseable {
  private static final HeaderName X_SUBJECT = HeaderName.of("x-subject");
  private static final byte[] VALUE = "alice".getBytes(US_ASCII);

  private final Http1Parser.Role role;
  private final boolean forward;
  private final ByteBuf in;
  private final HeadStores stores = new HeadStores(false);
  private final Http1Writer writer = new Http1Writer(PooledByteBufAllocator.DEFAULT, this::written);
  private final Http1Parser parser;
  private long bytes;

  private MessageRig(Http1Parser.Role role, String message, boolean forward) {
    this.role = role;
    this.forward = forward;
    var limits = role == Http1Parser.Role.REQUESTS ? Http1Limits.REQUEST : Http1Limits.RESPONSE;
    parser = new Http1Parser(role, "http", limits, stores, this);
    var text = message.replace("\n", "\r\n").getBytes(US_ASCII);
    in = PooledByteBufAllocator.DEFAULT.directBuffer(text.length).writeBytes(text);
  }

  /// A request without body.
  ///
  /// @param headers how many it has beside `host`
  /// @param forward false: parsed only
  static MessageRig request(int headers, boolean forward) {
    var request = new StringBuilder("GET /api/v1/items?page=2 HTTP/1.1\nHost: shop.example.test\n");
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
      request.append('\n');
    }
    return new MessageRig(Http1Parser.Role.REQUESTS, request.append('\n').toString(), forward);
  }

  /// The head of an ordinary response.
  static MessageRig response(boolean forward) {
    var response =
        """
        HTTP/1.1 200 OK
        content-type: application/json
        cache-control: no-cache
        etag: "33a64df5"
        vary: accept-encoding
        x-content-type-options: nosniff
        server: shop
        date: Sun, 22 Nov 2026 21:11:21 GMT
        content-length: 0

        """;
    return new MessageRig(Http1Parser.Role.RESPONSES, response, forward);
  }

  /// A request with a chunked body, parsed only.
  static MessageRig chunked(int chunks, int bytesPerChunk) {
    var chunk = Integer.toHexString(bytesPerChunk) + "\n" + "x".repeat(bytesPerChunk) + "\n";
    return new MessageRig(
        Http1Parser.Role.REQUESTS,
        "POST /items HTTP/1.1\nHost: shop.example.test\nTransfer-Encoding: chunked\n\n"
            + chunk.repeat(chunks)
            + "0\n\n",
        false);
  }

  /// One message; answers a number that grows with every run.
  long run() {
    in.readerIndex(0);
    switch (role) {
      case REQUESTS -> {
        parser.feed(in);
        parser.next();
      }
      case RESPONSES -> {
        parser.expect(false);
        parser.feed(in);
      }
    }
    return bytes;
  }

  private void written(ByteBuf out) {
    bytes += out.readableBytes();
    out.release();
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    if (forward) {
      switch (role) {
        case REQUESTS -> forwardRequest(head, end);
        case RESPONSES -> forwardResponse(head, end);
      }
      writer.flush();
    } else {
      bytes += head.count();
    }
    head.release();
  }

  private void forwardRequest(HeaderMap head, boolean end) {
    HopByHop.request(head, false);
    RequestHeadCheck.check(head);
    head.set(X_SUBJECT, VALUE, 0, VALUE.length);
    head.add(HeaderNames.X_FORWARDED_FOR, VALUE, 0, VALUE.length);
    head.remove(HeaderNames.COOKIE);
    writer.requestHead(head, end);
  }

  private void forwardResponse(HeaderMap head, boolean end) {
    HopByHop.response(head, false);
    head.set(HeaderNames.SERVER, VALUE, 0, VALUE.length);
    head.set(X_SUBJECT, VALUE, 0, VALUE.length);
    writer.responseHead(head, end, false, false);
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    bytes += chunk.readableBytes();
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
