package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Messages that were valid until bytes of them were changed, doubled, lost, swapped or cut off,
/// fed in any split. Whatever comes: no exception, no leak (both checked by [ParserTranscript]),
/// the same report however the bytes arrive, and nothing after an error.
///
/// More of them: `-Doutrider.fuzz.rounds=1000000 -Doutrider.fuzz.from=4000`.
class Http1FuzzTest {
  private static final long ROUNDS = Long.getLong("outrider.fuzz.rounds", 4_000);
  private static final long FROM = Long.getLong("outrider.fuzz.from", 0);

  private static final Set<String> ERRORS =
      Arrays.stream(MessageError.values()).map(Enum::name).collect(Collectors.toSet());

  /// What attackers put between what parsers disagree about.
  private static final List<String> TOKENS =
      List.of(
          "\r\n",
          "\n",
          "\r",
          "\r\n\r\n",
          "\0",
          " ",
          "\t",
          ":",
          ";",
          ",",
          "0",
          "-1",
          "+1",
          "0x1",
          "ffffffffffffffff",
          "99999999999999999999",
          "chunked",
          "identity",
          "gzip, chunked",
          "Content-Length: 5\r\n",
          "content-length: 0, 0\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding:\tchunked\r\n",
          "transfer-encoding: xchunked\r\n",
          "Host: b\r\n",
          "Connection: close\r\n",
          "Connection: content-length\r\n",
          "Upgrade: websocket\r\n",
          "Expect: 100-continue\r\n",
          " folded\r\n",
          "HTTP/1.0",
          "HTTP/2.0",
          "http/1.1",
          "CONNECT ",
          "*",
          "http://h/",
          "//",
          "\u00e9",
          "\u007f",
          "0\r\n\r\n",
          "1;a=\"\r\n\"\r\nx\r\n");

  @Test
  void readsOddRequestsTheSameInEverySplit() {
    for (var seed = FROM; seed < FROM + ROUNDS; seed++) {
      var random = new SplittableRandom(seed);
      var text = spoiled(random, FuzzedMessages.request(random) + FuzzedMessages.request(random));

      var whole = ParserTranscript.ofRequestsSplitAt(text);
      var parts = ParserTranscript.ofRequestsSplitAt(text, cuts(random, text.length()));

      assertThat(parts).as("seed %s: %s", seed, text).isEqualTo(whole);
      assertThatAnErrorIsTheLast(whole, seed);
    }
  }

  @Test
  void readsOddResponsesTheSameInEverySplit() {
    for (var seed = FROM; seed < FROM + ROUNDS; seed++) {
      var random = new SplittableRandom(seed);
      var text = spoiled(random, FuzzedMessages.response(random));
      var toHead = random.nextInt(5) == 0;

      var whole = ParserTranscript.ofResponseSplitAt(text, toHead);
      var parts = ParserTranscript.ofResponseSplitAt(text, toHead, cuts(random, text.length()));

      assertThat(parts).as("seed %s: %s", seed, text).isEqualTo(whole);
      assertThatAnErrorIsTheLast(whole.replace("CUT SHORT\n", ""), seed);
    }
  }

  @Test
  void readsEveryChunkAndTrailerThatWasWritten() {
    for (var seed = FROM; seed < FROM + ROUNDS; seed++) {
      var random = new SplittableRandom(seed);
      var body = FuzzedMessages.body(random);
      var trailers = random.nextInt(3);
      var text =
          "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
              + FuzzedMessages.chunked(random, body, trailers);

      var seen = ParserTranscript.ofRequestsSplitAt(text, cuts(random, text.length()));

      var end = trailers == 0 ? "END\n" : "TRAILERS\n" + "x-trailer: v\n".repeat(trailers);
      assertThat(seen)
          .as("seed %s: %s", seed, text)
          .endsWith("\n" + (body.isEmpty() ? "" : "BODY " + body + "\n") + end);
    }
  }

  @Test
  void neverReadsMoreOfASpoiledBodyThanArrived() {
    for (var seed = FROM; seed < FROM + ROUNDS; seed++) {
      var random = new SplittableRandom(seed);
      var chunks = spoiled(random, FuzzedMessages.chunked(random, FuzzedMessages.body(random), 1));
      var text = "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n" + chunks;

      var whole = ParserTranscript.ofRequestsSplitAt(text);
      var parts = ParserTranscript.ofRequestsSplitAt(text, cuts(random, text.length()));

      assertThat(parts).as("seed %s: %s", seed, text).isEqualTo(whole);
      var body = whole.indexOf("\nBODY ") + 6;
      if (body > 5) {
        assertThat(whole.indexOf('\n', body) - body).isLessThanOrEqualTo(chunks.length());
      }
    }
  }

  private static void assertThatAnErrorIsTheLast(String transcript, long seed) {
    var lines = transcript.lines().toList();
    for (var i = 0; i < lines.size() - 1; i++) {
      if (ERRORS.contains(lines.get(i))) {
        fail("seed %s: not the last line: %s", seed, transcript);
      }
    }
  }

  private static String spoiled(SplittableRandom random, String valid) {
    var text = valid;
    for (var times = random.nextInt(4); times > 0 && !text.isEmpty(); times--) {
      var from = random.nextInt(text.length() + 1);
      var to = Math.min(text.length(), from + random.nextInt(random.nextInt(2) == 0 ? 3 : 40));
      var middle = text.substring(from, to);
      text =
          switch (random.nextInt(7)) {
            case 0 -> text.substring(0, from) + text.substring(to);
            case 1 -> text.substring(0, to) + middle + text.substring(to);
            case 2 -> text.substring(0, from) + (char) random.nextInt(256) + text.substring(to);
            case 3 -> text.substring(0, Math.max(1, from));
            default ->
                text.substring(0, from)
                    + TOKENS.get(random.nextInt(TOKENS.size()))
                    + text.substring(random.nextBoolean() ? from : to);
          };
    }
    return text.isEmpty() ? "x" : text;
  }

  private static int[] cuts(SplittableRandom random, int length) {
    return random.ints(1 + random.nextInt(6), 0, length + 1).sorted().distinct().toArray();
  }
}
