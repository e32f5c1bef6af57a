package dev.outrider.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.hpack.FieldLimits;
import dev.outrider.proxy.http.hpack.HpackDecoder;
import dev.outrider.proxy.http.hpack.HpackEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A request's header block in the middle of a connection: everything that repeats is in the
/// tables, path, request id and cookie are literals in Huffman code.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HpackBenchmark {
  private static final FieldLimits LIMITS = new FieldLimits(100, 60 << 10, 64 << 10);
  private static final byte[] VALUE = "7c2d2a1e-6f0a-4b1e-9a51-2f3c6d7e8f90".getBytes(US_ASCII);

  /// Headers beside the pseudo-headers.
  @Param({"5", "20", "60"})
  public int headers;

  private final HeadStores stores = new HeadStores(false);
  private final HpackEncoder encoder = new HpackEncoder(4096, stores);
  private final HpackDecoder decoder = new HpackDecoder(stores);
  private final ByteBuf block = PooledByteBufAllocator.DEFAULT.directBuffer(16 << 10);
  private final ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(16 << 10);

  @SuppressWarnings("NullAway.Init") // made in setUp
  private HeaderMap head;

  @Setup
  public void setUp() {
    head = stores.take(HeadKind.REQUEST);
    head.add(HeaderNames.METHOD, "GET");
    head.add(HeaderNames.SCHEME, "http");
    head.add(HeaderNames.AUTHORITY, "shop.example.test");
    head.add(HeaderNames.PATH, "/api/v1/items?page=2");
    head.add(HeaderNames.X_REQUEST_ID, VALUE, 0, VALUE.length);
    head.add(HeaderNames.COOKIE, "session=abcdef0123456789");
    for (var i = 2; i < headers; i++) {
      head.add(HeaderName.of("x-custom-" + i), "some value of usual length " + i);
    }
    for (var times = 0; times < 3; times++) {
      block.clear();
      encoder.encode(head, block);
      decode();
    }
  }

  @TearDown
  public void tearDown() {
    head.release();
    block.release();
    out.release();
  }

  @Benchmark
  public int decode() {
    block.readerIndex(0);
    var received = stores.take(HeadKind.REQUEST);
    decoder.decode(block, received, LIMITS);
    var count = received.count();
    received.release();
    return count;
  }

  @Benchmark
  public int encode() {
    out.clear();
    encoder.encode(head, out);
    return out.readableBytes();
  }
}
