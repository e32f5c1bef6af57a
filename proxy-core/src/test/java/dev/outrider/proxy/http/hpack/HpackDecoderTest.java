package dev.outrider.proxy.http.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HpackDecoderTest {
  private static final String MINIMAL = "828684";

  private final HpackDecoder decoder = new HpackDecoder(new HeadStores());

  // ---- what cannot be decoded

  @ParameterizedTest
  @CsvSource({
    "80, index 0",
    "be, an index behind the tables",
    "ff, an integer that is cut short",
    "ffffffffff0f, an integer of more than 31 bits",
    "ff8080808080 00, an integer of too many bytes",
    "40, no name",
    "4001, half a name",
    "400161, no value",
    "40016105 61, half a value",
    "7e0161, a literal whose name is behind the tables",
    "4001617fffffffff07, a value longer than can be",
    "82 3f01, a table size behind a field",
    "3fe21f, a table larger than allowed",
    "40018161, a name in Huffman code that is cut short",
    "40016181f0, padding that is not of ones",
    "40016182ffff, padding of more than seven bits",
    "40016184ffffffff, EOS in a string",
    "40016185fffffffffc, EOS and something",
  })
  void losesTheConnectionOver(String block, String reason) {
    assertThat(decode(block)).as(reason).isEqualTo("COMPRESSION_ERROR");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "20", "203fe11f", "3fe11f", "2020203fe11f"})
  void takesTableSizesAtTheBeginning(String block) {
    assertThat(decode(block + MINIMAL)).isEqualTo(":method: GET\n:scheme: http\n:path: /");
  }

  @Test
  void keepsEveryFieldOfAHeadThatOutgrowsItsLines() {
    var fields = 200;

    var decoded = decode(MINIMAL + literal(0, "x-a", "1").repeat(fields));

    assertThat(decoded.lines().filter("x-a: 1"::equals)).hasSize(fields);
  }

  @Test
  void emptiesTheTableWhenItsSizeBecomesZero() {
    decode(literal(0x40, "x-a", "1"));

    assertThat(decode("be")).isEqualTo("x-a: 1");
    assertThat(decode("203fe11fbe")).isEqualTo("COMPRESSION_ERROR");
  }

  @Test
  void wantsToBeToldOfATableThatBecameSmaller() {
    decoder.maxTableSize(100);

    assertThat(decode("")).isEmpty();
    assertThat(decode("3f45" + MINIMAL)).startsWith(":method");
    assertThat(decode(MINIMAL)).startsWith(":method");

    decoder.maxTableSize(50);

    assertThat(decode(MINIMAL)).isEqualTo("COMPRESSION_ERROR");
  }

  @Test
  void mayUseALargerTableOnceThatIsAcknowledged() {
    assertThat(decode("3fe13f" + MINIMAL)).isEqualTo("COMPRESSION_ERROR");

    var other = new HpackDecoder(new HeadStores());
    other.maxTableSize(8192);

    assertThat(Blocks.decode(other, HeadKind.REQUEST, Blocks.WIDE, "3fe13f" + MINIMAL))
        .startsWith(":method");
  }

  @Test
  void keepsNothingThatIsLargerThanTheTable() {
    decode(literal(0x40, "x-a", "1"));

    assertThat(decode(literal(0x40, "x-b", "v".repeat(4090)))).startsWith("x-b: vvv");

    assertThat(decoder.tableSize()).isZero();
    assertThat(decode("be")).isEqualTo("COMPRESSION_ERROR");
  }

  /// RFC 7541 4.4: the entry that gives the name is pushed out by the one that uses it.
  @Test
  void takesTheNameOfAnEntryThatIsPushedOut() {
    decode("3f31" + literal(0x40, "x-name", "1".repeat(30)));

    assertThat(decode("7e1e" + hex("2".repeat(30)))).isEqualTo("x-name: " + "2".repeat(30));
    assertThat(decode("be")).isEqualTo("x-name: " + "2".repeat(30));
  }

  // ---- what is no field

  @ParameterizedTest
  @ValueSource(strings = {"X-a", "", "x a", "x:", ":x", ":", "x\u0000", "x\u00e9", ":Path", "\n"})
  void refusesANameThatIsNoLowerCaseToken(String name) {
    assertThat(decode(literal(0, name, "1"))).isEqualTo("INVALID_FIELD");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\rb", "a\nb", "a\0b", "\u007f", "\u0001"})
  void refusesAValueThatCouldBreakOut(String value) {
    assertThat(decode(literal(0, "x-a", value))).isEqualTo("INVALID_FIELD");
  }

  @ParameterizedTest
  @CsvSource({":method,G T", ":path,/a b", ":authority,a/b", ":scheme,''", ":protocol,a b"})
  void refusesAPseudoHeaderThatCouldBreakOut(String name, String value) {
    assertThat(decode(literal(0, name, value))).isEqualTo("INVALID_FIELD");
  }

  @Test
  void refusesPseudoHeadersOfAnotherKindOfHead() {
    assertThat(decode("88")).isEqualTo("INVALID_FIELD");
    assertThat(decode(HeadKind.RESPONSE, "82")).isEqualTo("INVALID_FIELD");
    assertThat(decode(HeadKind.TRAILERS, "88")).isEqualTo("INVALID_FIELD");
    assertThat(decode(HeadKind.RESPONSE, literal(0, ":status", "20"))).isEqualTo("INVALID_FIELD");
  }

  @Test
  void remembersThatAnEntryIsNoField() {
    assertThat(decode(literal(0x40, "X-Upper", "1") + literal(0x40, "x-a", "a\nb")))
        .isEqualTo("INVALID_FIELD");

    assertThat(decode("bf")).isEqualTo("INVALID_FIELD");
    assertThat(decode("be")).isEqualTo("INVALID_FIELD");
    assertThat(decode("0f300132")).as("new value for the bad name").isEqualTo("INVALID_FIELD");
    assertThat(decode("0f2f0132")).as("new value for the good name").isEqualTo("x-a: 2");
  }

  @Test
  void trimsValues() {
    assertThat(decode(literal(0x40, "x-a", " \tb c ") + "be" + literal(0, "x-b", "  ")))
        .isEqualTo("x-a: b c\nx-a: b c\nx-b: ");
  }

  // ---- a request

  @Test
  void joinsCookies() {
    var block = literal(0, "cookie", "a=1") + literal(0, "x", "y") + literal(0x40, "cookie", "b");

    assertThat(decode(block + "be")).isEqualTo("x: y\ncookie: a=1; b; b");
    assertThat(decode(HeadKind.RESPONSE, "bebe")).isEqualTo("cookie: b\ncookie: b");
  }

  @Test
  void takesHostForTheAuthorityThatIsAbsent() {
    var host = literal(0, "host", "a.test");

    assertThat(decode("82" + host + literal(0, "x", "y")))
        .isEqualTo(":method: GET\n:authority: a.test\nx: y");
    assertThat(decoder.report().has(HeaderNames.AUTHORITY)).isTrue();
    assertThat(decode("82" + literal(0, "x", "y") + host))
        .isEqualTo(":method: GET\n:authority: a.test\nx: y");
    assertThat(decode(literal(0, ":authority", "b.test") + host)).isEqualTo(":authority: b.test");
    assertThat(decode(host + host)).isEqualTo("INVALID_FIELD");
    assertThat(decode(literal(0, "host", "a/b"))).isEqualTo("INVALID_FIELD");
    assertThat(decode(HeadKind.RESPONSE, host)).isEqualTo("host: a.test");
  }

  @Test
  void reportsWhatTheRulesOfAMessageAskFor() {
    decode(literal(0, "te", "trailers") + "82" + "82" + literal(0, "content-length", "5"));
    var report = decoder.report();

    assertThat(report.has(HeaderNames.TE)).isTrue();
    assertThat(report.has(HeaderNames.CONNECTION)).isFalse();
    assertThat(report.repeats(HeaderNames.METHOD)).isTrue();
    assertThat(report.pseudoBehindField()).isTrue();
    assertThat(report.hasAny(NameSet.of(HeaderNames.UPGRADE, HeaderNames.TE))).isTrue();
    assertThat(report.hasAll(NameSet.of(HeaderNames.METHOD, HeaderNames.PATH))).isFalse();
    assertThat(report.repeatsAny(NameSet.of(HeaderNames.TE, HeaderNames.PATH))).isFalse();

    decode("82");

    assertThat(report.has(HeaderNames.TE)).isFalse();
    assertThat(report.pseudoBehindField()).isFalse();
  }

  // ---- limits

  @Test
  void countsFieldsAndCrumbs() {
    var limits = new FieldLimits(3, 1000, 1000);
    var crumb = literal(0, "cookie", "a");

    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, crumb + crumb + crumb))
        .isEqualTo("cookie: a; a; a");
    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, crumb + crumb + crumb + crumb))
        .isEqualTo("TOO_MANY_FIELDS");
  }

  @Test
  void measuresFieldsAsTheyAreDecoded() {
    var limits = new FieldLimits(100, 10, 1000);

    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, literal(0, "x-a", "1234567")))
        .isEqualTo("x-a: 1234567");
    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, literal(0, "x-a", "12345678")))
        .isEqualTo("TOO_LARGE");
    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, literal(0, "x-a", "12345") + "82"))
        .isEqualTo("TOO_LARGE");
  }

  @Test
  void measuresOneFieldAsItIsSent() {
    var limits = new FieldLimits(100, 1000, 5);

    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, literal(0, "x-a", "12345")))
        .isEqualTo("x-a: 12345");
    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, literal(0, "x-a", "123456")))
        .isEqualTo("TOO_LARGE");
    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, literal(0, "x-abcd", "1")))
        .isEqualTo("TOO_LARGE");
    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, "04062f3132333435"))
        .isEqualTo("TOO_LARGE");
  }

  @Test
  void keepsTheTableRightForTheNextHeadOfTheConnection() {
    var limits = new FieldLimits(1, 1000, 1000);
    var block = literal(0x40, "x-a", "1") + literal(0x40, "x-b", "2") + "bf" + literal(0, "c", "3");

    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, block))
        .isEqualTo("TOO_MANY_FIELDS");

    assertThat(decode("bfbe")).isEqualTo("x-a: 1\nx-b: 2");
  }

  @Test
  void findsWhatCannotBeDecodedBehindALimit() {
    var limits = new FieldLimits(1, 1000, 1000);

    assertThat(Blocks.decode(decoder, HeadKind.REQUEST, limits, "8282828280"))
        .isEqualTo("COMPRESSION_ERROR");
  }

  /// 16,000 fields of 4,000 bytes in 16,000 bytes.
  @Test
  void aBombCostsNoMoreThanTheLimit() {
    var stores = new HeadStores();
    var head = stores.take(HeadKind.REQUEST);
    var limits = new FieldLimits(100, 60 << 10, 64 << 10);
    var block = Blocks.hex(literal(0x40, "x-a", "v".repeat(4000)) + "be".repeat(16_000));

    assertThat(decoder.decode(block, head, limits)).isEqualTo(HpackResult.TOO_LARGE);

    assertThat(head.array().length).isLessThanOrEqualTo(128 << 10);
    assertThat(head.byteSize()).isLessThanOrEqualTo(60 << 10);
    head.release();
  }

  private String decode(String block) {
    return decode(HeadKind.REQUEST, block);
  }

  private String decode(HeadKind kind, String block) {
    return Blocks.decode(decoder, kind, Blocks.WIDE, block);
  }

  /// A literal with a new name, both strings as they are.
  private static String literal(int form, String name, String value) {
    return HexFormat.of().toHexDigits((byte) form) + string(name) + string(value);
  }

  private static String string(String text) {
    return text.length() < 0x7f
        ? HexFormat.of().toHexDigits((byte) text.length()) + hex(text)
        : "7f" + continued(text.length() - 0x7f) + hex(text);
  }

  private static String continued(int rest) {
    return rest < 0x80
        ? HexFormat.of().toHexDigits((byte) rest)
        : HexFormat.of().toHexDigits((byte) (rest | 0x80)) + continued(rest >>> 7);
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
