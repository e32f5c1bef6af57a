package dev.outrider.proxy.http.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Whatever the bytes are: a result and no exception, the memory in bounds, and Netty's opinion
/// about whether they are a block.
class HpackFuzzTest {
  private static final int SEEDS = Integer.getInteger("outrider.fuzz.seeds", 20_000);
  private static final FieldLimits LIMITS = new FieldLimits(50, 2000, 1000);

  private final HeadStores stores = new HeadStores(false);

  @Test
  void anyBytesHaveAResult() {
    for (var seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);

      expectWhatNettySays("random " + seed, new HpackDecoder(stores), new NettyDecoder(), bytes);
    }
    assertThat(stores.outstanding()).isZero();
  }

  @Test
  void spoiledBlocksHaveAResult() {
    var decoded = 0;
    for (var seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var maker = new BlockMaker(random);
      var decoder = new HpackDecoder(stores);
      var netty = new NettyDecoder();
      var same = true;
      for (var i = 0; i < 4 && same; i++) {
        var block = maker.block(decoder.tableEntries(), 600);
        var bytes = new byte[block.readableBytes()];
        block.readBytes(bytes);
        same = expectWhatNettySays("spoiled " + seed, decoder, netty, spoil(random, bytes));
        decoded += same ? 1 : 0;
      }
    }
    assertThat(decoded).isGreaterThan(SEEDS);
  }

  /// Returns whether the connection goes on.
  private boolean expectWhatNettySays(
      String context, HpackDecoder decoder, NettyDecoder netty, byte[] bytes) {
    var expected = netty.decode(Unpooled.wrappedBuffer(bytes));
    var head = stores.take(HeadKind.REQUEST);
    var block = inAnyBuffer(bytes);
    HpackResult result;
    try {
      result = decoder.decode(block, head, LIMITS);
      assertThat(block.isReadable()).isFalse();
      assertThat(head.byteSize()).isLessThanOrEqualTo(LIMITS.bytes() + 2 * LIMITS.fields());
      assertThat(head.lines()).isLessThanOrEqualTo(LIMITS.fields() + 1);
      assertThat(decoder.tableSize()).isLessThanOrEqualTo(DynamicTable.DEFAULT_SIZE);
    } catch (RuntimeException e) {
      throw new AssertionError(context, e);
    } finally {
      block.release();
      head.release();
    }
    assertThat(result == HpackResult.COMPRESSION_ERROR).as(context).isEqualTo(expected == null);
    return expected != null;
  }

  private static ByteBuf inAnyBuffer(byte[] bytes) {
    return bytes.length % 2 == 0
        ? Unpooled.buffer(bytes.length + 3).writeZero(3).readerIndex(3).writeBytes(bytes)
        : PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes);
  }

  private static byte[] spoil(Random random, byte[] bytes) {
    if (bytes.length > 0 && random.nextInt(3) > 0) {
      for (var times = random.nextInt(3); times >= 0; times--) {
        var at = random.nextInt(bytes.length);
        bytes[at] =
            random.nextBoolean() ? (byte) random.nextInt() : (byte) (bytes[at] ^ 1 << at % 8);
      }
    }
    return bytes;
  }
}
