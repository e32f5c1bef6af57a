package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HeaderSyntaxTest {
  @Test
  void findsControlsAsALoopWould() {
    var random = new Random(7);

    for (var round = 0; round < 50_000; round++) {
      var bytes = new byte[random.nextInt(40)];
      for (var i = 0; i < bytes.length; i++) {
        bytes[i] =
            (byte) (random.nextInt(12) == 0 ? random.nextInt(256) : 0x20 + random.nextInt(0x5e));
      }
      var from = bytes.length == 0 ? 0 : random.nextInt(bytes.length);

      assertThat(HeaderSyntax.nextControl(bytes, from, bytes.length)).isEqualTo(naive(bytes, from));
    }
  }

  private static int naive(byte[] bytes, int from) {
    for (var i = from; i < bytes.length; i++) {
      if ((bytes[i] & 0xff) < 0x20 || bytes[i] == 0x7f) {
        return i;
      }
    }
    return bytes.length;
  }

  @Test
  void aValueMayHoldTabsAndHighBytesOnly() {
    for (var b = 0; b < 256; b++) {
      var allowed = (b >= 0x20 && b != 0x7f) || b == '\t';

      assertThat(HeaderSyntax.isValue(new byte[] {'a', (byte) b, 'b'}, 0, 3))
          .as("byte %d", b)
          .isEqualTo(allowed);
    }
  }

  @Test
  void aNameMayHoldTokenCharactersOnly() {
    for (var b = 0; b < 256; b++) {
      var allowed = b < 128 && (Character.isLetterOrDigit(b) || "!#$%&'*+-.^_`|~".indexOf(b) >= 0);

      assertThat(HeaderSyntax.isName(new byte[] {'a', (byte) b}, 0, 2))
          .as("byte %d", b)
          .isEqualTo(allowed);
    }
  }
}
