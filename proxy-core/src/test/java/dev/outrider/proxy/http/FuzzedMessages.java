package dev.outrider.proxy.http;

import java.util.List;
import java.util.SplittableRandom;

/// Valid HTTP/1.1 messages made at random, for tests that then spoil them or write them again.
final class FuzzedMessages {
  private static final List<String> NAMES =
      List.of("Accept", "x-a", "X_B", "cookie", "x-request-id", "Date", "x-long-name-unknown");

  private FuzzedMessages() {}

  static String request(SplittableRandom random) {
    var target = random.nextInt(6) == 0 ? "http://example.test/p" : "/p".repeat(at(random, 1, 20));
    var framing = random.nextInt(3);
    return (framing == 0 ? "GET " : "POST ")
        + (target + " HTTP/1.1\r\nHost: example.test\r\n")
        + fields(random)
        + framed(random, framing);
  }

  static String response(SplittableRandom random) {
    var interim = random.nextInt(6) == 0 ? "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" : "";
    var status = List.of("200 OK", "404 Not Found", "204 No Content", "304 ", "500 x", "200");
    var chosen = status.get(random.nextInt(status.size()));
    return interim
        + ("HTTP/1.1 " + chosen + "\r\n")
        + fields(random)
        + framed(random, chosen.startsWith("204") ? 0 : random.nextInt(4));
  }

  static String body(SplittableRandom random) {
    return "b".repeat(random.nextInt(3) == 0 ? 0 : at(random, 1, 100));
  }

  private static String fields(SplittableRandom random) {
    var text = new StringBuilder();
    for (var left = random.nextInt(8); left > 0; left--) {
      text.append(NAMES.get(random.nextInt(NAMES.size())))
          .append(random.nextInt(5) == 0 ? ":" : ": ")
          .append("v".repeat(random.nextInt(30)))
          .append(random.nextInt(5) == 0 ? " \r\n" : "\r\n");
    }
    return text.toString();
  }

  private static String framed(SplittableRandom random, int framing) {
    var body = body(random);
    return switch (framing) {
      case 0 -> "\r\n";
      case 1 -> "Content-Length: " + body.length() + "\r\n\r\n" + body;
      case 2 -> "Transfer-Encoding: chunked\r\n\r\n" + chunked(random, body, random.nextInt(2));
      default -> "\r\n" + body; // a response that ends with its connection
    };
  }

  /// @param trailers how many lines `x-trailer: v`
  static String chunked(SplittableRandom random, String body, int trailers) {
    var text = new StringBuilder();
    for (int from = 0, size; from < body.length(); from += size) {
      size = Math.min(body.length() - from, at(random, 1, 40));
      text.append(random.nextInt(6) == 0 ? "00" : "").append(Integer.toHexString(size));
      text.append(random.nextInt(4) == 0 ? ";x=y\r\n" : "\r\n");
      text.append(body, from, from + size).append("\r\n");
    }
    return text.append("0\r\n")
        .append("x-trailer: v\r\n".repeat(trailers))
        .append("\r\n")
        .toString();
  }

  private static int at(SplittableRandom random, int least, int bound) {
    return least + random.nextInt(bound - least);
  }
}
