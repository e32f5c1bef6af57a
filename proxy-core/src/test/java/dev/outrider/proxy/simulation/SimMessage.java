package dev.outrider.proxy.simulation;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// The bodies of exchange number `id`: both sides know what the other must get.
final class SimMessage {
  private SimMessage() {}

  static byte[] requestBody(int id) {
    return body(id, 1);
  }

  static byte[] responseBody(int id) {
    return body(id, 2);
  }

  private static byte[] body(int id, int side) {
    var random = new SplittableRandom(id * 2L + side);
    var size =
        switch (side == 1 ? random.nextInt(50) : random.nextInt(38)) {
          case 0, 49 -> 14_000 + random.nextInt(6_000); // more than may be held of it
          case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 -> random.nextInt(20);
          case 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25 -> random.nextInt(400);
          case 26, 27, 28, 29, 30, 31, 32, 33, 34, 45, 46, 47, 48 -> random.nextInt(4000);
          default -> 0;
        };
    var bytes = new byte[size];
    for (var i = 0; i < size; i++) {
      bytes[i] = (byte) ('!' + (id + i * 7 + side) % 90);
    }
    return bytes;
  }

  /// The body as chunks of random sizes, with or without trailers.
  static String chunked(byte[] body, SplittableRandom random) {
    var text = new StringBuilder();
    for (var at = 0; at < body.length; ) {
      var size =
          Math.min(body.length - at, 1 + random.nextInt(random.nextInt(3) == 0 ? 4_000 : 300));
      text.append(Integer.toHexString(size)).append("\r\n");
      text.append(new String(body, at, size, StandardCharsets.ISO_8859_1)).append("\r\n");
      at += size;
    }
    text.append("0\r\n");
    if (random.nextInt(4) == 0) {
      text.append("x-trailer: 1\r\n");
    }
    return text.append("\r\n").toString();
  }
}
