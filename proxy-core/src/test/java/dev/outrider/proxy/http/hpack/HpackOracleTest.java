package dev.outrider.proxy.http.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Netty's HPACK reads what ours writes and the other way round, over connections of many heads.
class HpackOracleTest {
  private static final int SEEDS = 1500;
  private static final int HEADS = 25;
  private static final List<String> NAMES =
      List.of(
          "accept",
          "user-agent",
          "x-a",
          "x-b",
          "x-request-id",
          "authorization",
          "set-cookie",
          "cache-control",
          "x-long-unknown-name",
          "server",
          "content-type",
          "date",
          "etag");
  private static final List<String> VALUES =
      List.of("", "a", "*/*", "gzip, deflate", "\u00e9", "text/plain", "max-age=0", "v".repeat(90));

  private final HeadStores stores = new HeadStores(false);

  @Test
  void nettyReadsWhatWeWrite() throws Http2Exception {
    for (var seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var tableSize = List.of(4096, 100, 0, 500, 1 << 16).get(random.nextInt(5));
      var encoder = new HpackEncoder(tableSize, stores);
      var netty = new NettyDecoder();
      for (var i = 0; i < HEADS; i++) {
        if (random.nextInt(8) == 0) {
          var peers = random.nextInt(1000);
          netty.maxTableSize(peers);
          encoder.maxTableSize(peers);
        }
        var head = randomHead(random);
        var block = Unpooled.buffer();

        encoder.encode(head, block);

        assertThat(netty.decode(block)).as("seed %d", seed).isEqualTo(Blocks.lines(head));
        head.release();
      }
    }
    assertThat(stores.outstanding()).isZero();
  }

  /// What a proxy does: a head that was decoded is encoded again.
  @Test
  void nettyReadsWhatWeForward() {
    var fields = ":authority: a.test\n:method: GET\n:path: /\n:scheme: http\nx-a: 1\naccept: b";
    var request = stores.take(HeadKind.REQUEST);
    fields.lines().forEach(line -> request.add(nameOf(line), valueOf(line)));
    var client = new HpackEncoder(4096, stores);
    var decoder = new HpackDecoder(stores);
    var encoder = new HpackEncoder(4096, stores);
    var netty = new NettyDecoder();

    for (var time = 0; time < 5; time++) {
      var block = Unpooled.buffer();
      client.encode(request, block);
      var received = stores.take(HeadKind.REQUEST);
      decoder.decode(block, received, Blocks.WIDE);
      var forwarded = Unpooled.buffer();
      encoder.encode(received, forwarded);

      assertThat(netty.decode(forwarded)).isEqualTo(fields.lines().toList());
      received.release();
    }
    request.release();
  }

  @Test
  void weReadWhatNettyWrites() throws Http2Exception {
    for (var seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var netty =
          new DefaultHttp2HeadersEncoder(
              (name, _) -> name.length() % 5 == 0, random.nextBoolean(), 16, random.nextInt(600));
      var decoder = new HpackDecoder(stores);
      for (var i = 0; i < HEADS; i++) {
        if (random.nextInt(8) == 0) {
          var ours = random.nextInt(1000);
          netty.configuration().maxHeaderTableSize(ours);
          decoder.maxTableSize(ours);
        }
        var head = randomHead(random);
        var block = Unpooled.buffer();
        netty.encodeHeaders(1, netty(head), block);

        var seen = decode(decoder, block);

        assertThat(seen).as("seed %d", seed).isEqualTo(Blocks.lines(head));
        head.release();
      }
    }
  }

  @Test
  void bothReadBlocksOfAllRepresentations() {
    var read = 0;
    for (var seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var maker = new BlockMaker(random);
      var netty = new NettyDecoder();
      var decoder = new HpackDecoder(stores);
      var expected = netty.decode(Unpooled.EMPTY_BUFFER);
      for (var i = 0; i < HEADS && expected != null; i++) {
        var block = maker.block(decoder.tableEntries(), 600);

        expected = netty.decode(block);

        assertThat(decode(decoder, block)).as("seed %d", seed).isEqualTo(expected);
        read++;
      }
    }
    assertThat(read).isGreaterThan(SEEDS * HEADS / 2);
  }

  /// Null if the block cannot be decoded.
  private @Nullable List<String> decode(HpackDecoder decoder, ByteBuf block) {
    var head = stores.take(HeadKind.RESPONSE);
    try {
      var result = decoder.decode(block, head, Blocks.WIDE);
      assertThat(result).isIn(HpackResult.OK, HpackResult.COMPRESSION_ERROR);
      return result == HpackResult.OK ? Blocks.lines(head) : null;
    } finally {
      head.release();
    }
  }

  private HeaderMap randomHead(Random random) {
    var head = stores.take(HeadKind.RESPONSE);
    head.setStatus(random.nextBoolean() ? 200 : 200 + random.nextInt(400));
    for (var fields = random.nextInt(12); fields > 0; fields--) {
      var value = VALUES.get(random.nextInt(VALUES.size()));
      head.add(
          HeaderName.of(NAMES.get(random.nextInt(NAMES.size()))),
          random.nextInt(4) == 0 ? value + random.nextInt(1000) : value);
    }
    if (random.nextInt(3) == 0) {
      head.removeLine(random.nextInt(head.lines()));
    }
    return head;
  }

  private static DefaultHttp2Headers netty(HeaderMap head) {
    var headers = new DefaultHttp2Headers(false);
    for (var line : Blocks.lines(head)) {
      headers.add(nameOf(line).toString(), valueOf(line));
    }
    return headers;
  }

  private static HeaderName nameOf(String line) {
    return HeaderName.of(line.substring(0, line.indexOf(": ", 1)));
  }

  private static String valueOf(String line) {
    return line.substring(line.indexOf(": ", 1) + 2);
  }
}
