package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// In steady state a head costs no garbage: read, edited, looked at and written.
class CodecAllocationTest {
  private static final byte[] REQUEST =
      """
      GET /api/v1/items?page=2 HTTP/1.1
      Host: shop.example.test
      User-Agent: curl/8.5.0
      Accept: */*
      Accept-Encoding: gzip, deflate
      X-Request-Id: 7c2d2a1e-6f0a-4b1e-9a51-2f3c6d7e8f90
      X-Forwarded-For: 10.0.0.1
      Cookie: session=abcdef0123456789
      Content-Type: application/json
      X-Custom-One: some value

      """
          .replace("\n", "\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  private static final HeaderName X_SUBJECT = HeaderName.of("x-subject");
  private static final byte[] GUEST_NAME = "X-Guest-Name".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] VALUE = "alice".getBytes(StandardCharsets.US_ASCII);

  private final HeadStores stores = new HeadStores(false);
  private final byte[] scratch = new byte[256];
  private final Http1Parser parser =
      new Http1Parser(
          Http1Parser.Role.REQUESTS, "http", Http1Limits.REQUEST, stores, new Forward());
  private long written;

  private final class Forward implements Http1Events {
    private final Http1Writer writer = new Http1Writer(PooledByteBufAllocator.DEFAULT, this::take);

    private void take(ByteBuf bytes) {
      written += bytes.readableBytes();
      bytes.release();
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      HopByHop.request(head, false);
      RequestHeadCheck.check(head);
      head.set(X_SUBJECT, VALUE, 0, VALUE.length);
      head.add(GUEST_NAME, 0, GUEST_NAME.length, VALUE, 0, VALUE.length);
      head.append(HeaderNames.X_FORWARDED_FOR, ",", "192.0.2.1");
      head.remove(HeaderNames.COOKIE);
      var line = head.find(GUEST_NAME, 0, GUEST_NAME.length, 0);
      head.copyValue(line, scratch, 0);
      writer.requestHead(head, end);
      writer.flush();
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
      throw new AssertionError(error);
    }
  }

  /// On a thread like an event loop's, and without the leak detector, which makes objects of its
  /// own.
  @Test
  void aHeadCostsNoGarbage() throws InterruptedException {
    var allocated = new AtomicLong(-1);
    var level = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    try {
      var thread = new FastThreadLocalThread(() -> allocated.set(measure()));
      thread.start();
      thread.join();
    } finally {
      ResourceLeakDetector.setLevel(level);
    }

    // The measurement itself may allocate a little; one object per request would be 160,000 bytes.
    assertThat(allocated.get()).isBetween(0L, 10_000L);
    assertThat(written).isGreaterThan(30_000L * 300);
    assertThat(stores.outstanding()).isZero();
  }

  private long measure() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var in = PooledByteBufAllocator.DEFAULT.directBuffer(1024).writeBytes(REQUEST);
    requests(in, 20_000);
    var before = threads.getCurrentThreadAllocatedBytes();
    requests(in, 10_000);
    var after = threads.getCurrentThreadAllocatedBytes();
    in.release();
    return after - before;
  }

  private void requests(ByteBuf in, int count) {
    for (var i = 0; i < count; i++) {
      in.readerIndex(0);
      parser.feed(in);
      parser.next();
    }
  }
}
