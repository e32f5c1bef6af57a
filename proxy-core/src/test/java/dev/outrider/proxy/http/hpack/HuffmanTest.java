package dev.outrider.proxy.http.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuffmanTest {
  @ParameterizedTest
  @CsvSource({
    "www.example.com, f1e3c2e5f23a6ba0ab90f4ff",
    "no-cache, a8eb10649cbf",
    "custom-value, 25a849e95bb8e8b4bf",
    "302, 6402",
    "'Mon, 21 Oct 2013 20:13:21 GMT', d07abe941054d444a8200595040b8166e082a62d1bff",
    "'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',"
        + " 94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
  })
  void knowsTheExamplesOfTheSpecification(String text, String coded) {
    assertThat(HexFormat.of().formatHex(encode(bytes(text)))).isEqualTo(coded);
    assertThat(decode(HexFormat.of().parseHex(coded))).isEqualTo(bytes(text));
  }

  @Test
  void everyTripleOfNeighboursComesBack() {
    for (var symbol = 0; symbol < 256; symbol++) {
      for (var other = 0; other < 256; other++) {
        var text = new byte[] {(byte) symbol, (byte) other, (byte) symbol};

        assertThat(decode(encode(text))).isEqualTo(text);
      }
    }
  }

  @Test
  void stringsOfAnyBytesComeBack() {
    for (var seed = 0; seed < 2000; seed++) {
      var random = new Random(seed);
      var text = new byte[random.nextInt(300)];
      random.nextBytes(text);
      if (random.nextBoolean()) {
        for (var i = 0; i < text.length; i++) {
          text[i] = (byte) (' ' + (text[i] & 0x3f));
        }
      }

      assertThat(decode(encode(text))).as("seed %d", seed).isEqualTo(text);
    }
  }

  /// Whatever is cut off at the end, a decoder either refuses the rest or sees a beginning.
  @Test
  void whatIsCutShortIsABeginningOrRefused() {
    var text = bytes("/index.html?a=\u0001\u00ff&b={x}");
    var coded = encode(text);
    for (var length = 0; length < coded.length; length++) {
      var decoded = decode(Arrays.copyOf(coded, length));
      if (decoded != null) {
        assertThat(new String(text, StandardCharsets.ISO_8859_1))
            .startsWith(new String(decoded, StandardCharsets.ISO_8859_1));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ff",
        "1fff",
        "00",
        "ffff",
        "fe",
        "fffffffc",
        "ffffffff",
        "ffffffffff",
        "1ffffffffc",
        "fffffff0",
        "1e",
        "3fffffffff"
      })
  void refusesWrongPaddingAndEndOfString(String coded) {
    assertThat(decode(HexFormat.of().parseHex(coded))).isNull();
  }

  @ParameterizedTest
  @CsvSource({"07, 0", "1f, a", "f8, &"})
  void takesPaddingOfOnes(String coded, String text) {
    assertThat(decode(HexFormat.of().parseHex(coded))).isEqualTo(bytes(text));
  }

  private static byte[] encode(byte[] text) {
    var out = new byte[text.length * 4 + 8];
    var end = HuffmanEncoder.encode(text, 0, text.length, out, 0);
    assertThat(end).isEqualTo(HuffmanEncoder.length(text, 0, text.length));
    return Arrays.copyOf(out, end);
  }

  /// With no byte more of room than is promised, behind and in front of bytes that are not ours.
  private static byte @Nullable [] decode(byte[] coded) {
    var in = new byte[coded.length + 20];
    Arrays.fill(in, (byte) 0x55);
    System.arraycopy(coded, 0, in, 3, coded.length);
    var out = new byte[HuffmanDecoder.room(coded.length)];
    var end = HuffmanDecoder.decode(in, 3, coded.length, out, 0);
    return end < 0 ? null : Arrays.copyOf(out, end);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
