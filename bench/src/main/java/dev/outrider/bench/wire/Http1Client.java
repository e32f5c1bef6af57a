package dev.outrider.bench.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/// A [Client] over HTTP/1.1.
public final class Http1Client implements Client {
  private final byte[] request;
  private final byte[] answer = new byte[65536];
  private final List<Socket> connections = new ArrayList<>();

  /// As [Client#of].
  public Http1Client(int port, int connections, RequestHeader header) {
    this.request = requestWith(header);
    try {
      for (int i = 0; i < connections; i++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        this.connections.add(socket);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] requestWith(RequestHeader header) {
    return """
    GET /api/v1/items?page=2 HTTP/1.1
    Host: shop.example.test
    User-Agent: curl/8.5.0
    Accept: */*
    Accept-Encoding: gzip, deflate
    X-Custom: some value
    %s: %s

    """
        .formatted(header.name(), header.value())
        .replace("\n", "\r\n")
        .getBytes(US_ASCII);
  }

  @Override
  public void runOne() {
    run(connections.getFirst());
  }

  private void run(Socket connection) {
    try {
      connection.getOutputStream().write(request);
      readAnswers(connection, 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void runInTurn() {
    connections.forEach(this::run);
  }

  @Override
  public int run() {
    try {
      for (var connection : connections) {
        connection.getOutputStream().write(request);
      }
      for (var connection : connections) {
        readAnswers(connection, 1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return connections.size();
  }

  /// So many requests in one write on one connection, then all the answers.
  public void runPipelined(int requests) {
    var all = new byte[requests * request.length];
    for (int i = 0; i < requests; i++) {
      System.arraycopy(request, 0, all, i * request.length, request.length);
    }
    try {
      connections.getFirst().getOutputStream().write(all);
      readAnswers(connections.getFirst(), requests);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One request on the first connection; answers where its answer will come from.
  public InputStream send() {
    try {
      connections.getFirst().getOutputStream().write(request);
      return connections.getFirst().getInputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The service's body is the only thing that has its last byte.
  private void readAnswers(Socket connection, int expected) throws IOException {
    int length = 0;
    int ends = 0;
    do {
      int more = connection.getInputStream().read(answer, length, answer.length - length);
      if (more <= 0) {
        throw new IllegalStateException("the answer broke off: " + text(length));
      }
      for (int i = length; i < length + more; i++) {
        ends += answer[i] == Service.LAST_BYTE ? 1 : 0;
      }
      length += more;
    } while (ends < expected);
    if (!text(12).equals("HTTP/1.1 200")) {
      throw new IllegalStateException("answered " + text(length));
    }
  }

  private String text(int length) {
    return new String(answer, 0, length, US_ASCII);
  }

  @Override
  public void close() {
    try {
      for (var connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
