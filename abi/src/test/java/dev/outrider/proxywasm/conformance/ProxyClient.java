package dev.outrider.proxywasm.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.regex.Pattern;

/// Sends one request to a port of loopback and reads the whole answer. Blocks.
final class ProxyClient {
  private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.[01] (\\d+)");
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)");
  private static final int PATIENCE_MILLIS = 20_000;

  private ProxyClient() {}

  /// The status; 0 if the connection ends without one. Of a plain connection the number of bytes.
  static int status(int port, Drive drive) throws IOException {
    if (drive == Drive.CONNECTION) {
      return talk(port);
    }
    var found = STATUS.matcher(exchange(port, request(drive)));
    return found.find() ? Integer.parseInt(found.group(1)) : 0;
  }

  static String get(int port, String path) throws IOException {
    var answer = exchange(port, message("GET " + path + " HTTP/1.1", "host: a", "", ""));
    return answer.substring(Math.max(0, answer.indexOf("\r\n\r\n")));
  }

  private static int talk(int port) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(ConnectionEcho.SAID.getBytes(ISO_8859_1));
      var buffer = new byte[4096];
      int seen = 0;
      for (int read = read(socket, buffer); read > 0; read = read(socket, buffer)) {
        seen += read;
        if (seen == ConnectionEcho.ANSWER.length()) {
          socket.shutdownOutput();
        }
      }
      return seen;
    }
  }

  private static String request(Drive drive) {
    return switch (drive) {
      case START, CONNECTION -> throw new IllegalArgumentException("no request is sent");
      case GET -> message("GET / HTTP/1.1", "host: a", "x-a: 1", "", "");
      case POST ->
          message("POST / HTTP/1.1", "host: a", "x-a: 1", "content-length: 5", "", "hello");
      case TRAILERS ->
          message(
              "POST /trailers HTTP/1.1",
              "host: a",
              "x-a: 1",
              "transfer-encoding: chunked",
              "",
              "5",
              "hello",
              "0",
              "x-t: 1",
              "",
              "");
    };
  }

  private static String message(String... lines) {
    return String.join("\r\n", lines);
  }

  private static String exchange(int port, String request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      var seen = new ByteArrayOutputStream();
      var buffer = new byte[4096];
      while (!isComplete(seen.toString(ISO_8859_1))) {
        int read = read(socket, buffer);
        if (read < 0) {
          break;
        }
        seen.write(buffer, 0, read);
      }
      return seen.toString(ISO_8859_1);
    }
  }

  /// A reset is an end as well.
  private static int read(Socket socket, byte[] buffer) throws IOException {
    try {
      return socket.getInputStream().read(buffer);
    } catch (java.net.SocketException _) {
      return -1;
    }
  }

  private static boolean isComplete(String answer) {
    int body = answer.indexOf("\r\n\r\n") + 4;
    if (body < 4) {
      return false;
    }
    var length = LENGTH.matcher(answer.substring(0, body));
    if (length.find()) {
      return answer.length() >= body + Integer.parseInt(length.group(1));
    }
    var chunks = answer.substring(body);
    return (chunks.startsWith("0\r\n") || chunks.contains("\r\n0\r\n"))
        && chunks.endsWith("\r\n\r\n");
  }
}
