package dev.outrider.bench.wire;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/// Answers every request on loopback alike, in the version it is asked in; a thread per connection.
public final class Service implements AutoCloseable {
  /// Ends a body and is nowhere else.
  static final char LAST_BYTE = '$';

  /// The size of an ordinary answer.
  public static final int KILOBYTE = 1024;

  private final ServerSocket listening;
  private final long bodyBytes;

  /// A kilobyte for everybody.
  public Service() {
    this(KILOBYTE);
  }

  /// @param bodyBytes of every answer; 0: no answer ever
  public Service(long bodyBytes) {
    this.bodyBytes = bodyBytes;
    try {
      listening = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("service").start(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        var connection = listening.accept();
        connection.setTcpNoDelay(true);
        Thread.ofPlatform().daemon().name("service").start(() -> serve(connection));
      }
    } catch (IOException _) {
      // closed
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var in = new BufferedInputStream(connection.getInputStream(), 65_536);
      in.mark(1);
      int first = in.read();
      in.reset();
      if (first == Frame.PREFACE.charAt(0)) {
        new Http2Answers(in, connection.getOutputStream(), bodyBytes).serve();
      } else if (first >= 0) {
        new Http1Answers(in, connection.getOutputStream(), bodyBytes).serve();
      }
    } catch (IOException _) {
      // the proxy has closed it
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
