package dev.outrider.proxy.worker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/// One end of a TCP connection on loopback, blocking.
record TcpPeer(Socket socket) implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  TcpPeer(Socket socket) {
    this.socket = socket;
    try {
      socket.setSoTimeout(PATIENCE_MILLIS);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static ServerSocket server() throws IOException {
    var server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    server.setSoTimeout(PATIENCE_MILLIS);
    return server;
  }

  static TcpPeer connect(int port) throws IOException {
    return new TcpPeer(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  TcpPeer send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return this;
  }

  /// That many bytes, fewer if the other side ends first.
  String read(int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), ISO_8859_1);
  }

  /// Everything until the other side ends.
  String readAll() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
  }

  TcpPeer endOutput() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
