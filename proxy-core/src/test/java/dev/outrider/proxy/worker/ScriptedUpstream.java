package dev.outrider.proxy.worker;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// An HTTP/1.1 server on a loopback socket, a thread per connection. What it answers is decided by
/// the path: `/echo` the body it got, `/head` the head it got, `/chunked` a chunked body with
/// trailers, `/bytes/N` N bytes, `/close` nothing, `/short` less than promised, `/garbage` no HTTP,
/// `/once` an answer with `connection: close`, `/hang` nothing at all, `/early` an answer before
/// the request body is read, `/tunnel` a switch of protocols and then the bytes it gets.
public final class ScriptedUpstream implements AutoCloseable {
  /// Requests that are remembered; a test under load sends more.
  private static final int MOST_HEADS = 1000;

  private static final String CHUNKED =
      """
      HTTP/1.1 200 OK
      transfer-encoding: chunked

      4
      Wiki
      5
      pedia
      0
      x-sum: 9

      """
          .replace("\n", "\r\n");

  private static final String SWITCH =
      """
      HTTP/1.1 101 Switching Protocols
      connection: upgrade
      upgrade: websocket

      """
          .replace("\n", "\r\n");

  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  final AtomicInteger connections = new AtomicInteger();
  final List<String> heads = new CopyOnWriteArrayList<>();

  public ScriptedUpstream() {
    try {
      server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        connections.incrementAndGet();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      var out = socket.getOutputStream();
      for (var head = readHead(in); head != null; head = readHead(in)) {
        if (heads.size() < MOST_HEADS) {
          heads.add(String.join("\n", head));
        }
        if (!answer(head, in, out)) {
          return;
        }
      }
    } catch (IOException _) {
      // the proxy went away
    } finally {
      sockets.remove(socket);
    }
  }

  private static boolean answer(List<String> head, InputStream in, OutputStream out)
      throws IOException {
    var path = head.getFirst().split(" ", 3)[1];
    if (path.startsWith("/early")) {
      write(out, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly");
      return true;
    }
    var body = readBody(head, in);
    if (path.startsWith("/bytes/")) {
      var size = Integer.parseInt(path.substring("/bytes/".length()));
      write(out, "HTTP/1.1 200 OK\r\ncontent-length: " + size + "\r\n\r\n");
      var block = new byte[8192];
      for (var i = 0; i < block.length; i++) {
        block[i] = (byte) ('a' + i % 26);
      }
      for (var left = size; left > 0; left -= block.length) {
        out.write(block, 0, Math.min(left, block.length));
      }
      return true;
    }
    switch (path) {
      case "/head" -> reply(out, String.join("\n", head));
      case "/chunked" -> write(out, CHUNKED);
      case "/close" -> {
        return false;
      }
      case "/short" -> {
        write(out, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
        return false;
      }
      case "/garbage" -> {
        write(out, "this is not http\r\n\r\n");
        return false;
      }
      case "/once" -> {
        write(out, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nonce");
        return false;
      }
      case "/tunnel" -> {
        write(out, SWITCH);
        in.transferTo(out);
        return false;
      }
      case "/hang" -> in.read();
      default -> reply(out, body);
    }
    return true;
  }

  private static void reply(OutputStream out, String body) throws IOException {
    var bytes = body.getBytes(StandardCharsets.ISO_8859_1);
    write(out, "HTTP/1.1 200 OK\r\nx-up: 1\r\ncontent-length: " + bytes.length + "\r\n\r\n" + body);
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String readBody(List<String> head, InputStream in) throws IOException {
    for (var line : head) {
      if (line.startsWith("content-length: ")) {
        var bytes = in.readNBytes(Integer.parseInt(line.substring(16)));
        return new String(bytes, StandardCharsets.ISO_8859_1);
      }
      if (line.equals("transfer-encoding: chunked")) {
        return readChunks(in);
      }
    }
    return "";
  }

  private static String readChunks(InputStream in) throws IOException {
    var body = new StringBuilder();
    while (true) {
      var line = readLine(in);
      if (line == null) {
        return body.toString();
      }
      var size = Integer.parseInt(line, 16);
      if (size == 0) {
        for (var trailer = readLine(in);
            trailer != null && !trailer.isEmpty();
            trailer = readLine(in)) {
          body.append('[').append(trailer).append(']');
        }
        return body.toString();
      }
      body.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
      readLine(in);
    }
  }

  private static @Nullable List<String> readHead(InputStream in) throws IOException {
    var lines = new ArrayList<String>();
    for (var line = readLine(in); line != null; line = readLine(in)) {
      if (line.isEmpty()) {
        return lines;
      }
      lines.add(line);
    }
    return null;
  }

  private static @Nullable String readLine(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (var b = in.read(); b >= 0; b = in.read()) {
      if (b == '\n') {
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
      }
      line.write(b);
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (var socket : sockets) {
      socket.close();
    }
  }
}
