package dev.outrider.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/// One HTTP/1.1 connection that says what is to be done by the header `x-do`, or asks for a page,
/// and reads answers with a `content-length` or in chunks.
final class GuestClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  GuestClient(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The status of the answer.
  int ask(String what) {
    return exchange("GET / HTTP/1.1\r\nhost: bench\r\nx-do: " + what + "\r\n\r\n");
  }

  /// The status of the answer to a request without a body.
  int request(String method, String path) {
    return exchange(method + " " + path + " HTTP/1.1\r\nhost: bench\r\ncontent-length: 0\r\n\r\n");
  }

  private int exchange(String request) {
    try {
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      int status = Integer.parseInt(line().split(" ", 3)[1]);
      int body = 0;
      boolean chunked = false;
      for (var header = line(); !header.isEmpty(); header = line()) {
        if (header.startsWith("content-length:")) {
          body = Integer.parseInt(header.substring("content-length:".length()).strip());
        }
        chunked |= header.equals("transfer-encoding: chunked");
      }
      if (chunked) {
        skipChunks();
      } else {
        in.skipNBytes(body);
      }
      return status;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void skipChunks() throws IOException {
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      in.skipNBytes(size);
      expectEmptyLine();
    }
    expectEmptyLine(); // no trailers
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private void expectEmptyLine() throws IOException {
    var line = line();
    if (!line.isEmpty()) {
      throw new IOException("'" + line + "' where a chunk should have ended");
    }
  }

  /// Asks; fails if the answer is another one.
  void expect(String what, int status) {
    int answered = ask(what);
    if (answered != status) {
      throw new IllegalStateException(what + " was answered " + answered + ", not " + status);
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection was closed");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
