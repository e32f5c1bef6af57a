package dev.outrider.proxy.http.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// In steady state a head costs no garbage: encoded and decoded, with three values that change each
/// time.
class HpackAllocationTest {
  private static final HeaderName X_CUSTOM = HeaderName.of("x-custom-one");

  private final HeadStores stores = new HeadStores(false);
  private final HpackEncoder encoder = new HpackEncoder(4096, stores);
  private final HpackDecoder decoder = new HpackDecoder(stores);
  private long decoded;

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

    // The measurement itself may allocate a little; one object per head would be 160,000 bytes.
    assertThat(allocated.get()).isBetween(0L, 10_000L);
    assertThat(decoded).isEqualTo(30_000L * 12);
    assertThat(stores.outstanding()).isZero();
  }

  private long measure() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var block = PooledByteBufAllocator.DEFAULT.directBuffer(4096);
    var head = request();
    heads(head, block, 20_000);
    var before = threads.getCurrentThreadAllocatedBytes();
    heads(head, block, 10_000);
    var after = threads.getCurrentThreadAllocatedBytes();
    block.release();
    head.release();
    return after - before;
  }

  private void heads(HeaderMap head, ByteBuf block, int count) {
    for (var i = 0; i < count; i++) {
      head.set(HeaderNames.X_REQUEST_ID, 1_000_000_000L + i);
      head.set(HeaderNames.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, i);
      head.set(X_CUSTOM, i);
      block.clear();
      encoder.encode(head, block);
      var received = stores.take(HeadKind.REQUEST);
      if (decoder.decode(block, received, Blocks.WIDE) != HpackResult.OK) {
        throw new AssertionError();
      }
      decoded += received.count();
      received.release();
    }
  }

  private HeaderMap request() {
    var head = stores.take(HeadKind.REQUEST);
    head.add(HeaderNames.METHOD, "GET");
    head.add(HeaderNames.SCHEME, "http");
    head.add(HeaderNames.PATH, "/api/v1/items?page=2");
    head.add(HeaderNames.AUTHORITY, "shop.example.test");
    head.add(HeaderNames.USER_AGENT, "curl/8.5.0");
    head.add(HeaderNames.ACCEPT, "*/*");
    head.add(HeaderNames.COOKIE, "session=abcdef0123456789");
    head.add(HeaderNames.COOKIE, "theme=dark");
    head.add(HeaderNames.CONTENT_TYPE, "application/json");
    head.add(HeaderName.of("x-tenant"), "blue");
    return head;
  }
}
