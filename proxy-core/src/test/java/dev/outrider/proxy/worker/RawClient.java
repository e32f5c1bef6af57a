package dev.outrider.proxy.worker;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A client that writes bytes as told and reads one response after the other.
public final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final BufferedInputStream in;

  public RawClient(int port) throws IOException {
    this(port, Duration.ofSeconds(10));
  }

  /// @param patience how long it waits for a byte
  public RawClient(int port, Duration patience) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /// Line ends are written as CRLF.
  public RawClient send(String text) throws IOException {
    socket
        .getOutputStream()
        .write(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  public RawClient get(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1\nhost: example.test\n\n");
  }

  public Response read() throws IOException {
    var status = readLine();
    var headers = new ArrayList<String>();
    for (var line = readLine(); !line.isEmpty(); line = readLine()) {
      headers.add(line);
    }
    var body = new ByteArrayOutputStream();
    var trailers = new ArrayList<String>();
    for (var header : headers) {
      if (header.startsWith("content-length: ")) {
        body.write(in.readNBytes(Integer.parseInt(header.substring(16))));
      } else if (header.equals("transfer-encoding: chunked")) {
        readChunks(body, trailers);
      }
    }
    return new Response(status, headers, body.toString(StandardCharsets.ISO_8859_1), trailers);
  }

  private void readChunks(ByteArrayOutputStream body, List<String> trailers) throws IOException {
    for (var size = Integer.parseInt(readLine(), 16);
        size > 0;
        size = Integer.parseInt(readLine(), 16)) {
      body.write(in.readNBytes(size));
      readLine();
    }
    for (var line = readLine(); !line.isEmpty(); line = readLine()) {
      trailers.add(line);
    }
  }

  /// -1 when the peer has closed.
  public int readByte() throws IOException {
    return in.read();
  }

  public byte[] readBytes(int count) throws IOException {
    return in.readNBytes(count);
  }

  String readLine() throws IOException {
    var line = new StringBuilder();
    for (var b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("connection closed after '" + line + "'");
      }
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  public record Response(String status, List<String> headers, String body, List<String> trailers) {
    public int code() {
      return Integer.parseInt(status.substring(9, 12));
    }

    public String header(String name) {
      return headers.stream()
          .filter(line -> line.startsWith(name + ": "))
          .map(line -> line.substring(name.length() + 2))
          .findFirst()
          .orElse("(none)");
    }

    List<String> names() {
      return headers.stream().map(line -> line.substring(0, line.indexOf(':'))).toList();
    }
  }
}
