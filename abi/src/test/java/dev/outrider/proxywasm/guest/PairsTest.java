package dev.outrider.proxywasm.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.TestHeaders;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairsTest {
  private static final int BEFORE = 5;

  private final PairsWriter writer = new PairsWriter();
  private final PairsReader reader = new PairsReader();

  /// The map in the middle of a larger array, as in guest memory.
  private byte[] encode(TestHeaders map) {
    var bytes = new byte[BEFORE + PairsWriter.encodedSize(map) + 3];
    writer.write(map, bytes, BEFORE);
    return bytes;
  }

  private String decode(byte[] bytes, int length) {
    assertThat(reader.open(bytes, BEFORE, length)).isTrue();
    var text = new StringBuilder();
    while (reader.advance()) {
      text.append(new String(bytes, reader.nameOffset(), reader.nameLength(), UTF_8))
          .append('=')
          .append(new String(bytes, reader.valueOffset(), reader.valueLength(), UTF_8))
          .append('\n');
    }
    return text.toString();
  }

  @Test
  void readsWhatItWrote() {
    var random = new Random(3);
    for (int round = 0; round < 500; round++) {
      var map = new TestHeaders();
      var expected = new StringBuilder();
      for (int i = random.nextInt(1, 20); i > 0; i--) {
        var name = "n".repeat(random.nextInt(30));
        var value = "v".repeat(random.nextInt(300));
        var _ = map.with(name, value);
        expected.append(name).append('=').append(value).append('\n');
      }
      var bytes = encode(map);

      assertThat(decode(bytes, PairsWriter.encodedSize(map)))
          .as("round %d", round)
          .isEqualTo(expected.toString());
    }
  }

  @Test
  void readsTwiceAfterRewinding() {
    var map = TestHeaders.of("a", "1", "b", "2");
    var bytes = encode(map);
    assertThat(decode(bytes, PairsWriter.encodedSize(map))).isEqualTo("a=1\nb=2\n");

    reader.rewind();

    assertThat(reader.advance()).isTrue();
    assertThat(reader.nameOffset()).isEqualTo(BEFORE + 4 + 16);
    assertThat(reader.size()).isEqualTo(2);
  }

  @Test
  void takesTheShortFormsOfNothing() {
    for (int length = 0; length < 4; length++) {
      assertThat(decode(new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9}, length)).isEmpty();
    }
    assertThat(decode(new byte[BEFORE + 4], 4)).isEmpty();
  }

  /// A hostile guest's bytes are refused or read; a Java index error would be the host's fault.
  @Test
  void survivesEveryDamage() {
    var random = new Random(11);
    var map = TestHeaders.of(":path", "/", "a", "", "", "b", "name", "value");
    int size = PairsWriter.encodedSize(map);
    for (int round = 0; round < 50_000; round++) {
      var bytes = encode(map);
      for (int hits = random.nextInt(1, 4); hits > 0; hits--) {
        bytes[BEFORE + random.nextInt(size)] = (byte) random.nextInt();
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(size + 1) : size;

      if (reader.open(bytes, BEFORE, length)) {
        readAll(bytes.length);
      }
    }
  }

  private void readAll(int limit) {
    while (reader.advance()) {
      assertThat(reader.nameLength()).isNotNegative();
      assertThat(reader.valueLength()).isNotNegative();
      assertThat(reader.valueOffset() + reader.valueLength()).isLessThan(limit);
    }
  }
}
