package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderMapTest {
  private static final HeaderName X_A = HeaderName.of("X-A");
  private static final HeaderName X_B = HeaderName.of("x-b");

  private final HeadStores stores = new HeadStores();
  private final HeaderMap head = stores.take(HeadKind.REQUEST);

  @AfterEach
  void everyHeadIsGivenBack() {
    head.release();
    assertThat(stores.outstanding()).isZero();
  }

  @Test
  void keepsOrderAndDuplicates() {
    head.add(X_A, "1");
    head.add(HeaderNames.ACCEPT, "x");
    head.add(X_A, "2");

    assertThat(head.toString()).isEqualTo("x-a: 1\naccept: x\nx-a: 2\n");
    assertThat(head.getAll(X_A)).containsExactly("1", "2");
    assertThat(head.get(X_A)).isEqualTo("1");
    assertThat(head.count()).isEqualTo(3);
    assertThat(head.byteSize()).isEqualTo("x-a1acceptxx-a2".length());
  }

  @Test
  void appendGoesBehindTheFirstAndRemovesTheOthers() {
    head.append(X_A, ", ", "1");
    head.add(X_B, "b");
    head.add(X_A, "lost");

    head.append(X_A, ", ", "2");
    head.append(X_A, ",", "x".repeat(5_000));

    assertThat(head.toString()).isEqualTo("x-a: 1, 2," + "x".repeat(5_000) + "\nx-b: b\n");
  }

  @Test
  void setKeepsThePlaceOfTheFirstAndRemovesTheOthers() {
    head.add(X_A, "1");
    head.add(X_B, "b");
    head.add(X_A, "2");

    head.set(X_A, "new");

    assertThat(head.toString()).isEqualTo("x-a: new\nx-b: b\n");
    assertThat(head.byteSize()).isEqualTo("x-anewx-bb".length());
  }

  @Test
  void removesEveryLineWithTheName() {
    head.add(X_A, "1");
    head.add(X_B, "b");
    head.add(X_A, "2");

    assertThat(head.remove(X_A)).isEqualTo(2);
    assertThat(head.remove(X_A)).isZero();
    assertThat(head.toString()).isEqualTo("x-b: b\n");
    assertThat(IntStream.range(0, head.lines()).filter(head::live)).hasSize(1);
  }

  @Test
  void putsPseudoHeadersInFront() {
    head.add(X_A, "1");
    head.set(HeaderNames.PATH, "/");
    head.set(HeaderNames.METHOD, "GET");

    assertThat(head.toString()).isEqualTo(":path: /\n:method: GET\nx-a: 1\n");
  }

  @Test
  void replacesAPseudoHeaderThatIsAddedAgain() {
    head.add(HeaderNames.PATH, "/1");
    head.add(HeaderNames.PATH, "/2");

    assertThat(head.getAll(HeaderNames.PATH)).containsExactly("/2");
  }

  @Test
  void takesHostForTheAuthorityOfARequestOnly() {
    head.set(HeaderNames.HOST, "a");
    var response = stores.take(HeadKind.RESPONSE);
    response.set(HeaderNames.HOST, "b");

    assertThat(head.authority()).isEqualTo("a");
    assertThat(find(head, "Host")).isEqualTo(0);
    assertThat(response.toString()).isEqualTo("host: b\n");
    response.release();
  }

  @ParameterizedTest
  @CsvSource({"X-A", "x-a", "ACCEPT", "Accept", "x-some-unknown-NAME"})
  void findsNamesOfAnyCase(String name) {
    add(head, name.toLowerCase(Locale.ROOT), "v");

    assertThat(find(head, name)).isZero();
    assertThat(find(head, name + "x")).isEqualTo(-1);
    assertThat(head.contains(HeaderName.of(name))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nb: c", "a\nb", "a\rb", "\0", "\u007f", "a\u0001234567890"})
  void refusesValuesThatWouldLeaveTheirLine(String value) {
    head.add(X_B, "b");

    assertThat(head.add(X_A, value)).isFalse();
    assertThat(head.set(X_B, value)).isFalse();
    assertThat(add(head, "x-c", value)).isFalse();
    assertThat(head.toString()).isEqualTo("x-b: b\n");
    assertThat(head.byteSize()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x a", "x:a", ":unknown", "x\r\n", "x-\u00e9", ":", "x\0"})
  void refusesNamesThatAreNone(String name) {
    assertThat(add(head, name, "v")).isFalse();
    assertThat(head.count()).isZero();
    assertThat(find(head, name)).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    ":path,/a b",
    ":path,/\u00e9",
    ":method,GET X",
    ":method,''",
    ":authority,a/b",
    ":scheme,''",
    ":status,200"
  })
  void refusesPseudoHeadersThatWouldBreakTheStartLine(String name, String value) {
    assertThat(add(head, name, value)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"20", "2000", "-1", "0"})
  void refusesAStatusThatIsNone(int status) {
    var response = stores.take(HeadKind.RESPONSE);

    assertThat(response.setStatus(status)).isFalse();
    assertThat(response.status()).isZero();
    response.release();
  }

  @Test
  void knowsTheStatus() {
    var response = stores.take(HeadKind.RESPONSE);
    response.add(X_A, "1");

    response.setStatus(503);

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.toString()).isEqualTo(":status: 503\nx-a: 1\n");
    assertThat(response.set(HeaderNames.PATH, "/")).isFalse();
    response.release();
  }

  @Test
  void refusesPseudoHeadersInTrailers() {
    var trailers = stores.take(HeadKind.TRAILERS);

    assertThat(trailers.set(HeaderNames.STATUS, "200")).isFalse();
    assertThat(trailers.set(HeaderNames.PATH, "/")).isFalse();
    trailers.release();
  }

  @Test
  void writesNumbersAndReadsThem() {
    head.set(HeaderNames.CONTENT_LENGTH, Long.MAX_VALUE);
    head.set(X_A, 0L);

    assertThat(head.valueAsLong(head.find(HeaderNames.CONTENT_LENGTH))).isEqualTo(Long.MAX_VALUE);
    assertThat(head.get(X_A)).isEqualTo("0");
    assertThat(head.set(X_A, -1L)).isFalse();
  }

  @Test
  void keepsTextOfAllPlanes() {
    head.set(X_A, "\u00e9 \u20ac \ud83d\ude00 \ud800");

    assertThat(head.get(X_A)).isEqualTo("\u00e9 \u20ac \ud83d\ude00 ?");
  }

  @Test
  void comparesValues() {
    head.set(X_A, "Text/Plain");

    var line = head.find(X_A);
    assertThat(head.valueEquals(line, bytes("Text/Plain"))).isTrue();
    assertThat(head.valueEquals(line, bytes("Text/Plai"))).isFalse();
    assertThat(head.valueEqualsIgnoreCase(line, bytes("text/plain"))).isTrue();
    assertThat(head.valueEqualsIgnoreCase(line, bytes("text/plainx"))).isFalse();
    assertThat(head.valueStartsWith(line, bytes("Text"))).isTrue();
    assertThat(head.valueStartsWith(line, bytes("Text/Plainx"))).isFalse();
    assertThat(head.nameIs(line, X_A)).isTrue();
    assertThat(head.nameIs(line, X_B)).isFalse();
  }

  @Test
  void growsAndForgetsWhatEditsLeftBehind() {
    for (var i = 0; i < 100_000; i++) {
      head.set(X_A, "value " + i);
    }

    assertThat(head.get(X_A)).isEqualTo("value 99999");
    assertThat(head.array().length).isLessThan(5000);
  }

  @Test
  void staysSmallHoweverOftenLinesComeAndGo() {
    head.add(X_A, "stays");

    for (int i = 0; i < 100_000; i++) {
      add(head, "x-" + i % 7, "comes");
      add(head, "y-" + i % 7, "and goes after the next has come");
      if (i > 0) {
        remove(head, "y-" + (i - 1) % 7);
      }
      remove(head, "x-" + i % 7);
    }

    assertThat(head.count()).isEqualTo(2);
    assertThat(head.lines()).isLessThan(128);
    assertThat(head.get(X_A)).isEqualTo("stays");
  }

  @Test
  void holdsMoreThanTheLargestStore() {
    for (var i = 0; i < 3000; i++) {
      head.add(HeaderName.of("x-" + i), "v".repeat(100));
    }

    assertThat(head.count()).isEqualTo(3000);
    assertThat(head.get(HeaderName.of("x-2999"))).hasSize(100);
    assertThat(head.byteSize()).isGreaterThan(300_000);
  }

  @Test
  void copiesAreIndependent() {
    head.set(HeaderNames.PATH, "/");
    head.add(X_A, "1");
    head.add(X_B, "2");
    head.remove(X_A);

    var copy = head.copy();
    head.set(HeaderNames.PATH, "/changed");

    assertThat(copy.toString()).isEqualTo(":path: /\nx-b: 2\n");
    assertThat(copy.byteSize()).isEqualTo(10);
    copy.release();
  }

  @Test
  void failsAtOnceWhenUsedAfterRelease() {
    var released = stores.take(HeadKind.REQUEST);
    released.set(X_A, "secret");
    var bytes = released.array();
    var generation = released.generation();
    released.release();

    assertThatThrownBy(() -> released.get(X_A)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(released::release).isInstanceOf(AssertionError.class);
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("secret");
    assertThat(released.generation()).isNotEqualTo(generation);
    assertThat(stores.take(HeadKind.REQUEST)).isNotSameAs(released).satisfies(HeaderMap::release);
  }

  @Test
  void equalsAPlainListUnderRandomEdits() {
    for (var seed = 0; seed < 300; seed++) {
      head.clear();
      var reference = new ReferenceHead();
      var random = new Random(seed);
      for (var step = 0; step < 120; step++) {
        edit(random, reference);
        assertThat(head.toString())
            .as("seed %d, step %d", seed, step)
            .isEqualTo(reference.toString());
      }
      assertThat(head.byteSize()).isEqualTo(reference.byteSize());
      assertThat(head.count()).isEqualTo(reference.lines.size());
    }
  }

  private void edit(Random random, ReferenceHead reference) {
    var names =
        List.of(
            "Accept", "x-a", "X-b", ":path", ":method", "content-length", "x-long-unknown-name");
    var name = names.get(random.nextInt(names.size()));
    var value = "v" + "x".repeat(random.nextInt(20) == 0 ? 500 : random.nextInt(8));
    var lower = name.toLowerCase(Locale.ROOT);
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        add(head, name, value);
        reference.add(lower, value);
      }
      case 2 -> {
        replace(head, name, value);
        reference.set(lower, value);
      }
      case 3 -> {
        head.set(HeaderName.of(name), value);
        reference.set(lower, value);
      }
      case 4 -> {
        head.remove(bytes(name), 0, name.length());
        reference.remove(lower);
      }
      default -> {
        head.add(HeaderName.of(name), value);
        reference.add(lower, value);
      }
    }
  }

  /// The same contract without any cleverness.
  private static final class ReferenceHead {
    private record Line(String name, String value) {}

    private final List<Line> lines = new ArrayList<>();

    void add(String name, String value) {
      if (name.startsWith(":")) {
        set(name, value);
      } else {
        lines.add(new Line(name, value));
      }
    }

    void set(String name, String value) {
      var first = -1;
      for (var i = 0; i < lines.size() && first < 0; i++) {
        first = lines.get(i).name.equals(name) ? i : -1;
      }
      remove(name);
      if (first >= 0) {
        lines.add(first, new Line(name, value));
      } else if (name.startsWith(":")) {
        var at = (int) lines.stream().takeWhile(line -> line.name.startsWith(":")).count();
        lines.add(at, new Line(name, value));
      } else {
        lines.add(new Line(name, value));
      }
    }

    void remove(String name) {
      lines.removeIf(line -> line.name.equals(name));
    }

    int byteSize() {
      return lines.stream().mapToInt(line -> line.name.length() + line.value.length()).sum();
    }

    @Override
    public String toString() {
      var text = new StringBuilder();
      lines.forEach(line -> text.append(line.name).append(": ").append(line.value).append('\n'));
      return text.toString();
    }
  }

  private static boolean add(HeaderMap head, String name, String value) {
    var nameBytes = bytes(name);
    var valueBytes = bytes(value);
    return head.add(nameBytes, 0, nameBytes.length, valueBytes, 0, valueBytes.length);
  }

  private static boolean replace(HeaderMap head, String name, String value) {
    var nameBytes = bytes(name);
    var valueBytes = bytes(value);
    return head.replace(nameBytes, 0, nameBytes.length, valueBytes, 0, valueBytes.length);
  }

  private static void remove(HeaderMap head, String name) {
    var bytes = bytes(name);
    head.remove(bytes, 0, bytes.length);
  }

  private static int find(HeaderMap head, String name) {
    var nameBytes = bytes(name);
    return head.find(nameBytes, 0, nameBytes.length, 0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
