package dev.outrider.bench.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/// One connection of an HTTP/2 client. Belongs to one thread.
public final class Http2ClientConnection implements AutoCloseable {
  private static final byte STATUS_200 = (byte) 0x88;
  private static final byte[] PING = new byte[8];
  private static final int RST_AND_GOAWAY = 1 << Frame.RST_STREAM | 1 << Frame.GOAWAY;

  private final Socket socket;
  private final FrameReader in;
  private final FrameWriter out;
  private final RequestHpack hpack;
  private final int window;
  private int nextStream = 1;
  private int uncredited;

  /// @param window bytes that the proxy may send on a stream, and on the connection, before more is
  ///   credited
  public Http2ClientConnection(int port, int window, RequestHeader header) {
    this.window = window;
    this.hpack = new RequestHpack(header);
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      in = new FrameReader(socket.getInputStream());
      out = new FrameWriter(socket.getOutputStream());
      out.preface();
      out.settings(Frame.SETTING_WINDOW, window);
      if (window > Frame.DEFAULT_WINDOW) {
        out.windowUpdate(0, window - Frame.DEFAULT_WINDOW);
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// So many requests in one write.
  public void send(int requests) {
    try {
      for (int i = 0; i < requests; i++) {
        var head = hpack.next();
        out.frame(
            Frame.HEADERS, Frame.END_STREAM | Frame.END_HEADERS, nextStream, head, head.length);
        nextStream += 2;
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits for the answer to a ping.
  public void ping() {
    try {
      out.frame(Frame.PING, 0, 0, PING, PING.length);
      out.flush();
      do {
        var _ = readFrame();
      } while (in.type != Frame.PING || !in.has(Frame.ACK));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads until so many answers have ended.
  public void awaitAnswers(int answers) {
    try {
      int ended = 0;
      while (ended < answers) {
        ended += readFrame() ? 1 : 0;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads body of the only stream until so many bytes have come, crediting them; answers how many
  /// came, fewer only at the end of the stream.
  public long readBody(long bytes) {
    try {
      long read = 0;
      while (read < bytes) {
        boolean ended = readFrame();
        if (in.type == Frame.DATA) {
          read += in.length;
        }
        if (ended) {
          return read;
        }
      }
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// True when it ends a stream.
  private boolean readFrame() throws IOException {
    in.next();
    if ((1 << in.type & RST_AND_GOAWAY) != 0) {
      throw new IllegalStateException("frame of type " + in.type + ": " + in.number(0));
    }
    if (in.type == Frame.HEADERS && in.payload[0] != STATUS_200) {
      throw new IllegalStateException("not a 200: first byte " + in.payload[0]);
    }
    if (in.type == Frame.DATA) {
      credit();
    } else if ((in.type == Frame.SETTINGS || in.type == Frame.PING) && !in.has(Frame.ACK)) {
      out.acknowledge(in.type, in.payload, in.type == Frame.PING ? in.length : 0);
      out.flush();
    }
    return in.type <= Frame.HEADERS && in.has(Frame.END_STREAM);
  }

  private void credit() throws IOException {
    uncredited += in.length;
    if (uncredited >= window / 2) {
      out.windowUpdate(0, uncredited);
      if (!in.has(Frame.END_STREAM) && nextStream == 3) {
        out.windowUpdate(1, uncredited);
      }
      out.flush();
      uncredited = 0;
    }
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
