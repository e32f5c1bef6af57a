package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Requests made by a seeded generator, as they are and with a few bytes spoiled, against a second
/// reading of the grammar.
class CodecPropertyTest {
  private static final int SEEDS = 5000;
  private static final List<String> NAMES =
      List.of("Accept", "x-a", "X_B", "cookie", "Connection", "x-long-name-unknown");
  private static final List<String> SPOILERS =
      List.of("\r", "\n", " ", "\t", ":", "\0", "\u007f", "\u00e9", "0", "a", "\r\n", ";", "");

  @Test
  void agreesWithASecondReadingOfTheGrammar() {
    var agreed = 0;
    for (var seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var text = request(random);
      for (var spoiled = random.nextInt(3); spoiled > 0; spoiled--) {
        text = spoil(random, text);
      }

      var expected = NaiveRequest.read(text).replace('\u00e9', '\ufffd');
      var seen =
          ParserTranscript.ofRequestsOnce(text, random.nextInt(1, text.length()))
              .replace('\u00e9', '\ufffd');

      var context = "seed " + seed + ": " + text;
      switch (expected) {
        case "UNKNOWN" -> assertThat(seen).isNotNull();
        case "REFUSED" -> assertThat(seen.strip()).as(context).matches("(?s).*[A-Z_]+");
        case "INCOMPLETE" -> assertThat(seen).as(context).doesNotContain("END\n", " end\n");
        default -> {
          assertThat(seen).as(context).startsWith(expected);
          agreed++;
        }
      }
      if (expected.equals("REFUSED")) {
        assertThat(MessageError.valueOf(seen.strip().lines().toList().getLast()))
            .as(context)
            .isNotNull();
      }
    }
    assertThat(agreed).isGreaterThan(SEEDS / 3);
  }

  @Test
  void writesWhatItReadsInTheSameWords() {
    for (var seed = 0; seed < SEEDS; seed++) {
      var text = request(new Random(seed));

      var once = relay(text);
      var twice = relay(once);

      assertThat(twice).as("seed %d: %s", seed, text).isEqualTo(once);
      assertThat(body(ParserTranscript.ofRequestsOnce(once, 1)))
          .isEqualTo(body(ParserTranscript.ofRequestsOnce(text, 1)));
    }
  }

  @Test
  void writesResponsesInTheWordsItReadThem() {
    for (var seed = 0; seed < SEEDS; seed++) {
      var random = new SplittableRandom(seed);
      var text = FuzzedMessages.response(random);
      var toHead = random.nextInt(6) == 0;
      var context = "seed " + seed + ": " + text;

      var once = relayResponse(text, toHead);
      var twice = relayResponse(once, toHead);

      assertThat(twice).as(context).isEqualTo(once);
      var seen = ParserTranscript.ofResponseSplitAt(once, toHead, random.nextInt(once.length()));
      assertThat(message(seen)).as(context).isEqualTo(message(transcript(text, toHead)));
    }
  }

  private static String transcript(String response, boolean toHead) {
    return ParserTranscript.ofResponseSplitAt(response, toHead);
  }

  /// Body and trailers, or that there are none.
  private static String message(String transcript) {
    var body = transcript.indexOf("BODY ");
    var trailers = transcript.indexOf("TRAILERS\n");
    return body >= 0
        ? transcript.substring(body)
        : trailers >= 0 ? transcript.substring(trailers) : "nothing";
  }

  private static String relayResponse(String text, boolean toHead) {
    var stores = new HeadStores();
    var out = new StringBuilder();
    var writer =
        new Http1Writer(
            new UnpooledByteBufAllocator(false, true),
            bytes -> {
              out.append(bytes.toString(StandardCharsets.ISO_8859_1));
              bytes.release();
            });
    var in = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    var parser =
        new Http1Parser(
            Http1Parser.Role.RESPONSES,
            "http",
            Http1Limits.RESPONSE,
            stores,
            new ResponseRelay(writer, toHead));
    parser.expect(toHead);
    for (var before = -1; before != in.readerIndex() && !parser.complete(); ) {
      before = in.readerIndex();
      parser.feed(in);
    }
    assertThat(parser.complete() || parser.eof()).as(text).isTrue();
    writer.flush();
    writer.close();
    parser.close();
    in.release();
    assertThat(stores.outstanding()).isZero();
    return out.toString();
  }

  private record ResponseRelay(Http1Writer writer, boolean toHead) implements Http1Events {
    @Override
    public void onInformational(HeaderMap head) {
      writer.informational(head);
      head.release();
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      HopByHop.response(head, false);
      writer.responseHead(head, end, toHead, false);
      head.release();
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      assertThat(writer.body(chunk, end)).isTrue();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      assertThat(writer.trailers(trailers)).isTrue();
      trailers.release();
    }

    @Override
    public void onError(MessageError error) {
      throw new AssertionError(error);
    }
  }

  private static String body(String transcript) {
    var at = transcript.indexOf("BODY ");
    return at < 0 ? "" : transcript.substring(at);
  }

  /// Reads a request, edits it, and writes it.
  private static String relay(String text) {
    var stores = new HeadStores();
    var out = new StringBuilder();
    var writer =
        new Http1Writer(
            new UnpooledByteBufAllocator(false, true),
            bytes -> {
              out.append(bytes.toString(StandardCharsets.ISO_8859_1));
              bytes.release();
            });
    var in = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    new Http1Parser(
            Http1Parser.Role.REQUESTS, "http", Http1Limits.REQUEST, stores, new Relay(writer))
        .feed(in);
    writer.flush();
    writer.close();
    assertThat(in.refCnt()).isEqualTo(1);
    in.release();
    assertThat(stores.outstanding()).isZero();
    return out.toString();
  }

  private record Relay(Http1Writer writer) implements Http1Events {
    @Override
    public void onHead(HeaderMap head, boolean end) {
      assertThat(HopByHop.request(head, false)).isNull();
      head.set(HeaderName.of("x-relayed"), "yes");
      writer.requestHead(head, end);
      head.release();
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      assertThat(writer.body(chunk, end)).isTrue();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      assertThat(writer.trailers(trailers)).isTrue();
      trailers.release();
    }

    @Override
    public void onError(MessageError error) {
      throw new AssertionError(error);
    }
  }

  private static String request(Random random) {
    var text = new StringBuilder();
    var framing = random.nextInt(3);
    text.append(framing == 0 ? "GET" : "POST")
        .append(' ')
        .append("/p".repeat(random.nextInt(1, 30)))
        .append(" HTTP/1.1\r\n");
    if (random.nextInt(8) > 0) {
      text.append("Host: example.test\r\n");
    }
    for (var fields = random.nextInt(12); fields > 0; fields--) {
      text.append(NAMES.get(random.nextInt(NAMES.size())))
          .append(random.nextInt(5) == 0 ? ":" : ": ");
      text.append("v".repeat(random.nextInt(30))).append(random.nextInt(5) == 0 ? " \r\n" : "\r\n");
    }
    var body = "b".repeat(random.nextInt(100));
    return switch (framing) {
      case 0 -> text.append("\r\n").toString();
      case 1 ->
          text.append("Content-Length: ")
              .append(body.length())
              .append("\r\n\r\n")
              .append(body)
              .toString();
      default ->
          text.append("Transfer-Encoding: chunked\r\n\r\n")
              .append(chunked(random, body))
              .toString();
    };
  }

  private static String chunked(Random random, String body) {
    var text = new StringBuilder();
    for (int at = 0, size; at < body.length(); at += size) {
      size = Math.min(body.length() - at, random.nextInt(1, 40));
      text.append(Integer.toHexString(size)).append(random.nextInt(4) == 0 ? ";x=y\r\n" : "\r\n");
      text.append(body, at, at + size).append("\r\n");
    }
    return text.append("0\r\n\r\n").toString();
  }

  private static String spoil(Random random, String text) {
    var at = random.nextInt(text.length());
    var with = SPOILERS.get(random.nextInt(SPOILERS.size()));
    return text.substring(0, at) + with + text.substring(at + random.nextInt(2));
  }
}
