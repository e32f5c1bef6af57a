package dev.outrider.proxywasm.conformance;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// The service behind a plain connection: `world` for the first five bytes, then the end after the
/// end.
final class ConnectionEcho {
  static final String SAID = "hello";
  static final String ANSWER = "world";

  private ConnectionEcho() {}

  static void serve(Socket connection) throws IOException {
    var in = connection.getInputStream();
    in.skipNBytes(SAID.length());
    connection.getOutputStream().write(ANSWER.getBytes(StandardCharsets.US_ASCII));
    while (in.read() >= 0) {
      // until the other side has said all
    }
  }
}
