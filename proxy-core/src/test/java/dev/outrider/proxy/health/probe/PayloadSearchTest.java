package dev.outrider.proxy.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.health.PayloadPattern;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PayloadSearchTest {
  private static PayloadPattern pattern(String... pieces) {
    return new PayloadPattern(Arrays.stream(pieces).map(PayloadSearchTest::bytes).toList());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean take(PayloadSearch search, String bytes) {
    return search.take(Unpooled.wrappedBuffer(bytes(bytes)));
  }

  @Test
  void findsWhatIsCutAnywhere() {
    var text = "one aab aaab, two";
    for (var cut = 0; cut <= text.length(); cut++) {
      var search = new PayloadSearch(pattern("aaab", "tw"));
      assertThat(take(search, text.substring(0, cut)) || take(search, text.substring(cut)))
          .isTrue();
    }
  }

  @Test
  void agreesWithThePatternOverTheWhole() {
    var random = new SplittableRandom(3);
    for (var i = 0; i < 2_000; i++) {
      var pattern = pattern(text(random, 4), text(random, 3));
      var answer = text(random, 12);
      var search = new PayloadSearch(pattern);
      var found = false;
      for (var at = 0; at < answer.length(); at++) {
        found = take(search, answer.substring(at, at + 1));
      }
      assertThat(found).as("%s", answer).isEqualTo(pattern.matches(bytes(answer)));
    }
  }

  private static String text(SplittableRandom random, int most) {
    var text = new StringBuilder();
    for (var i = random.nextInt(1, most + 1); i > 0; i--) {
      text.append(random.nextBoolean() ? 'a' : 'b');
    }
    return text.toString();
  }

  @Test
  void forgetsTheAnswerBefore() {
    var search = new PayloadSearch(pattern("ab"));
    assertThat(take(search, "a")).isFalse();

    search.reset();

    assertThat(take(search, "b")).isFalse();
    assertThat(take(search, "ab")).isTrue();
  }
}
