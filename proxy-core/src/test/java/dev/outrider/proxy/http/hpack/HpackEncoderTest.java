package dev.outrider.proxy.http.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HpackEncoderTest {
  private final HeadStores stores = new HeadStores();
  private HpackEncoder encoder = new HpackEncoder(4096, stores);

  @Test
  void usesTheStaticTable() {
    assertThat(request(":method", "GET", ":scheme", "http", ":path", "/")).isEqualTo("828684");
    assertThat(response(":status", "200", "accept-encoding", "gzip, deflate")).isEqualTo("8890");
    assertThat(response(":status", "404")).isEqualTo("8d");
  }

  @Test
  void indexesAFieldTheSecondTimeThatItIsSeen() {
    assertThat(request("server", "ab")).as("without indexing").isEqualTo("0f2702" + "6162");
    assertThat(request("server", "ab")).as("with indexing").isEqualTo("76" + "026162");
    assertThat(request("server", "ab")).as("indexed").isEqualTo("be");
    assertThat(request("x-b", "1")).startsWith("00");
    assertThat(request("x-b", "1")).startsWith("40");
    assertThat(request("x-b", "1", "server", "ab")).isEqualTo("bebf");
  }

  @Test
  void usesTheNameOfAnEntry() {
    request("x-b", "1");
    request("x-b", "1");

    assertThat(request("x-b", "2")).isEqualTo("0f2f0132");
    assertThat(request("x-b", "2")).isEqualTo("7e0132");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
  void neverIndexesASecret(String name) {
    for (var time = 0; time < 3; time++) {
      assertThat(response(name, "abc")).startsWith("1");
    }
  }

  /// RFC 7541 6.2.3: whoever sends the field on must not index it either.
  @Test
  void neverIndexesWhatCameSo() {
    var marked = "1003782d61" + "0161"; // x-a: a
    var plain = "0003782d62" + "0162"; // x-b: b
    var head = stores.take(HeadKind.RESPONSE);
    var block = Blocks.hex("88" + marked + "1f270161" + plain + marked);
    var decoder = new HpackDecoder(stores);
    assertThat(decoder.decode(block, head, Blocks.WIDE)).isEqualTo(HpackResult.OK);
    block.release();

    for (var i = 0; i < 200; i++) {
      head.add(HeaderName.of("x-more"), "much"); // the head moves to a larger array
    }
    var copy = head.copy();
    for (var time = 0; time < 3; time++) {
      assertThat(encoded(copy)).contains(marked, "1f270161");
    }
    copy.set(HeaderName.of("x-a"), "b");
    assertThat(encoded(copy)).contains("03782d61").doesNotContain(marked);
    copy.release();
    head.release();
  }

  private String encoded(HeaderMap head) {
    var block = Unpooled.buffer();
    encoder.encode(head, block);
    var text = Blocks.hex(block);
    block.release();
    return text;
  }

  @ParameterizedTest
  @ValueSource(strings = {":path", "x-request-id", "content-length", "date", "traceparent"})
  void doesNotIndexWhatChangesEachTime(String name) {
    for (var time = 0; time < 3; time++) {
      assertThat(request(name, "12")).startsWith("0");
    }
  }

  @Test
  void usesHuffmanCodeWhereItIsShorter() {
    assertThat(request(":authority", "www.example.com")).isEqualTo("018cf1e3c2e5f23a6ba0ab90f4ff");
    assertThat(request(":path", "/\\\\\\")).isEqualTo("04042f5c5c5c");
  }

  @Test
  void doesNotFillTheTableWithOneField() {
    var large = "v".repeat(2100);

    request("x-b", large);

    assertThat(request("x-b", large)).startsWith("00");
  }

  // ---- table size

  @Test
  void saysNothingAboutALargerTableThanItsOwn() {
    encoder.maxTableSize(65_536);

    assertThat(request(":method", "GET")).isEqualTo("82");
  }

  @Test
  void saysWhenThePeerAllowsLess() {
    encoder.maxTableSize(100);

    assertThat(request(":method", "GET")).isEqualTo("3f45" + "82");
    assertThat(request(":method", "GET")).isEqualTo("82");
  }

  @Test
  void saysTheLowestSizeAsWell() {
    encoder.maxTableSize(0);
    encoder.maxTableSize(100);
    encoder.maxTableSize(50);

    assertThat(request(":method", "GET")).isEqualTo("20" + "3f13" + "82");

    encoder.maxTableSize(0);
    encoder.maxTableSize(50);

    assertThat(request(":method", "GET")).isEqualTo("20" + "3f13" + "82");
  }

  @Test
  void usesALargerTableWhenBothWantIt() {
    encoder = new HpackEncoder(65_536, stores);
    assertThat(request(":method", "GET")).isEqualTo("82");

    encoder.maxTableSize(8192);

    assertThat(request(":method", "GET")).isEqualTo("3fe13f" + "82");
  }

  @Test
  void saysThatItWantsLessThanTheDefault() {
    encoder = new HpackEncoder(0, stores);

    assertThat(request(":method", "GET")).isEqualTo("20" + "82");
    assertThat(request("x-b", "1")).isEqualTo(request("x-b", "1"));
  }

  @Test
  void forgetsWhatASmallerTableHasLost() {
    request("x-b", "1");
    request("x-b", "1");
    encoder.maxTableSize(0);
    encoder.maxTableSize(4096);

    assertThat(request("x-b", "1")).startsWith("20" + "3fe11f" + "40");
    assertThat(request("x-b", "1")).isEqualTo("be");
  }

  private String request(String... fields) {
    return encode(HeadKind.REQUEST, fields);
  }

  private String response(String... fields) {
    return encode(HeadKind.RESPONSE, fields);
  }

  private String encode(HeadKind kind, String... fields) {
    var head = stores.take(kind);
    var out = Unpooled.buffer();
    for (var i = 0; i < fields.length; i += 2) {
      assertThat(head.add(HeaderName.of(fields[i]), fields[i + 1])).isTrue();
    }
    encoder.encode(head, out);
    head.release();
    return Blocks.hex(out);
  }
}
