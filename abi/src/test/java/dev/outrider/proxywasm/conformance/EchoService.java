package dev.outrider.proxywasm.conformance;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/// The service behind the proxy: answers 200 `world`, in one piece, or with a trailer where the
/// path is `/trailers`. Speaks HTTP/1.1.
final class EchoService {
  private static final String ANSWER =
      String.join("\r\n", "HTTP/1.1 200 OK", "x-up: 1", "content-length: 5", "", "world");
  private static final String ANSWER_WITH_TRAILER =
      String.join(
          "\r\n",
          List.of(
              "HTTP/1.1 200 OK",
              "x-up: 1",
              "transfer-encoding: chunked",
              "",
              "5",
              "world",
              "0",
              "x-t: 2",
              "",
              ""));

  private EchoService() {}

  static void serve(Socket connection) throws IOException {
    var in = new BufferedInputStream(connection.getInputStream());
    for (var line = line(in); !line.isEmpty(); line = line(in)) {
      boolean trailer = line.contains(" /trailers ");
      skipMessage(in);
      var answer = trailer ? ANSWER_WITH_TRAILER : ANSWER;
      connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void skipMessage(InputStream in) throws IOException {
    int length = 0;
    boolean chunked = false;
    for (var line = line(in); !line.isEmpty(); line = line(in)) {
      if (line.startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(15).strip());
      }
      chunked |= line.startsWith("transfer-encoding:");
    }
    in.skipNBytes(length);
    if (chunked) {
      skipChunks(in);
    }
  }

  private static void skipChunks(InputStream in) throws IOException {
    for (int size = chunk(in); size > 0; size = chunk(in)) {
      in.skipNBytes(size + 2L);
    }
    while (!line(in).isEmpty()) {
      // a trailer
    }
  }

  private static int chunk(InputStream in) throws IOException {
    return HexFormat.fromHexDigits(line(in));
  }

  /// Empty at the end of the stream.
  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
