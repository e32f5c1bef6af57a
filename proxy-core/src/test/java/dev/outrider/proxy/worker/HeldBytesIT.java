package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How much the proxy holds of a body that somebody takes slowly: all buffers in use, native and
/// heap, looked at while the bytes stand and while they flow. Prints what it found.
///
/// `-Doutrider.held.mib=1024` streams 1 GiB instead of 64 MiB.
@Timeout(300)
class HeldBytesIT {
  private static final long BODY = Long.getLong("outrider.held.mib", 64L) << 20;
  private static final long MOST_HELD = 4 << 20;
  private static final int STREAM_WINDOW = 1 << 20;
  private static final byte[] PIECE = new byte[64 << 10];

  private final AtomicLong moved = new AtomicLong();
  private final AtomicLong mostHeld = new AtomicLong();
  private ServerSocket service;
  private TestProxy proxy;
  private long heldBefore;

  @BeforeEach
  void configure() throws Exception {
    service = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    proxy = new TestProxy(1).cluster("svc", service.getLocalPort()).route("/", forever());
    proxy.http2 = withWindow(STREAM_WINDOW);
    proxy.start();
    heldBefore = held();
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
    service.close();
  }

  @Test
  void holdsLittleOfAResponseWhoseClientIsSlow() throws Exception {
    var serving = serve(this::answerAtLength);
    try (var client = connect()) {
      ask(client, "GET / HTTP/1.1\r\nhost: h\r\n\r\n");
      awaitStandstill();
      var in = client.getInputStream();
      skipHead(in);
      read(in);
    }

    serving.join();
    report("response, HTTP/1.1");
  }

  @Test
  void holdsLittleOfAResponseWhoseUpstreamHasGone() throws Exception {
    var serving = serve(this::answerAtLength);
    try (var client = connect()) {
      ask(client, "GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
      var in = client.getInputStream();
      skipHead(in);
      while (!serving.isDone()) {
        in.readNBytes(PIECE.length);
      }
      awaitStandstill(); // the end of the body is between here and there, its sender has closed
      in.readAllBytes();
    }
    report("response, HTTP/1.1, sender gone");
  }

  @Test
  void holdsLittleOfARequestWhoseUpstreamIsSlow() throws Exception {
    var asked = new CompletableFuture<Void>();
    var serving =
        serve(
            socket -> {
              asked.join();
              var in = socket.getInputStream();
              skipHead(in);
              read(in);
              ask(socket, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            });
    try (var client = connect()) {
      ask(client, "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: " + BODY + "\r\n\r\n");
      var writing = CompletableFuture.runAsync(() -> write(client));
      awaitStandstill();
      asked.complete(null);
      writing.join();
      skipHead(client.getInputStream());
    }

    serving.join();
    report("request, HTTP/1.1");
  }

  @Test
  void holdsLittleOfAStreamWhoseClientIsSlow() throws Exception {
    var serving = serve(this::answerAtLength);
    try (var client = new RawH2Client(proxy.port(), STREAM_WINDOW)) {
      client.request("GET", true);
      awaitStandstill(); // the window is used up, and what is behind it is full
      var received = 0L;
      for (var frame = client.read(); !frame.ends(); frame = client.read()) {
        if (frame.type() == RawH2Client.DATA) {
          received += frame.length();
          client.credit(frame.length());
          look();
        }
      }
      assertThat(received).isGreaterThan(BODY - (64 << 10));
    }

    serving.join();
    report("response, HTTP/2");
  }

  @Test
  void holdsLittleOfAStreamWhoseUpstreamIsSlow() throws Exception {
    var asked = new CompletableFuture<Void>();
    var serving =
        serve(
            socket -> {
              asked.join();
              readChunked(socket.getInputStream());
              ask(socket, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            });
    try (var client = new RawH2Client(proxy.port(), STREAM_WINDOW)) {
      client.request("POST", false);
      var writing = CompletableFuture.runAsync(() -> send(client));
      awaitStandstill();
      asked.complete(null);
      writing.join();
      var frame = client.read();
      while (frame.type() != RawH2Client.HEADERS) {
        frame = client.read();
      }
    }

    serving.join();
    report("request, HTTP/2");
  }

  private void send(RawH2Client client) {
    try {
      for (var left = BODY; left > 0; left -= PIECE.length) {
        client.data(PIECE, left == PIECE.length);
        moved.addAndGet(PIECE.length);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Until the last chunk.
  private void readChunked(InputStream in) throws IOException {
    skipHead(in);
    var end = new byte[5];
    while (true) {
      var read = read(in, PIECE.length);
      look();
      for (var i = Math.max(0, read.length - end.length); i < read.length; i++) {
        System.arraycopy(end, 1, end, 0, end.length - 1);
        end[end.length - 1] = read[i];
      }
      if (new String(end, StandardCharsets.US_ASCII).equals("0\r\n\r\n")) {
        return;
      }
    }
  }

  private static byte[] read(InputStream in, int most) throws IOException {
    var bytes = new byte[most];
    var read = in.read(bytes);
    if (read < 0) {
      throw new IOException("closed inside a body");
    }
    return Arrays.copyOf(bytes, read);
  }

  private static RouteAction.Forward forever() {
    return RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
        .timeouts(new RouteTimeouts(Duration.ZERO, null))
        .build();
  }

  private static Http2Options withWindow(int bytes) {
    var defaults = Http2Options.DEFAULT;
    return new Http2Options(
        defaults.hpackTableSize(),
        defaults.concurrentStreams(),
        bytes,
        defaults.connectionWindow(),
        defaults.outboundFrames(),
        defaults.outboundControlFrames(),
        defaults.emptyFrames(),
        defaults.priorityFramesPerStream(),
        defaults.windowUpdatesPerDataFrame(),
        defaults.headerFieldBytes(),
        defaults.allowConnect(),
        defaults.streamErrorOnInvalidMessage(),
        defaults.keepalive());
  }

  // ---- the two ends

  private interface Conversation {
    void with(Socket socket) throws IOException;
  }

  private CompletableFuture<Void> serve(Conversation conversation) {
    return CompletableFuture.runAsync(
        () -> {
          try (var socket = service.accept()) {
            conversation.with(socket);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private void answerAtLength(Socket socket) throws IOException {
    skipHead(socket.getInputStream());
    ask(socket, "HTTP/1.1 200 OK\r\ncontent-length: " + BODY + "\r\n\r\n");
    write(socket);
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
  }

  private static void ask(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void skipHead(InputStream in) throws IOException {
    for (var ends = 0; ends < 4; ) {
      var next = in.read();
      ends = next == '\r' || next == '\n' ? ends + 1 : 0;
      if (next < 0) {
        throw new IOException("closed inside a head");
      }
    }
  }

  private void write(Socket socket) {
    try {
      OutputStream out = socket.getOutputStream();
      for (var left = BODY; left > 0; left -= PIECE.length) {
        out.write(PIECE);
        moved.addAndGet(PIECE.length);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void read(InputStream in) throws IOException {
    for (var left = BODY; left > 0; left -= PIECE.length) {
      assertThat(in.readNBytes(PIECE.length)).hasSize(PIECE.length);
      look();
    }
  }

  // ---- what is held

  /// Until the sender has got nothing off for a while: everything on the way is full.
  private void awaitStandstill() {
    var before = -1L;
    while (before != moved.get()) {
      before = moved.get();
      for (var i = 0; i < 50; i++) {
        LockSupport.parkNanos(4_000_000);
        look();
      }
    }
  }

  private void look() {
    mostHeld.accumulateAndGet(held() - heldBefore, Math::max);
  }

  /// The pool adds up its chunks one after the other while workers use them: a reader that is put
  /// aside on the way counts what moved from one to another twice. So the least of three readings.
  private static long held() {
    return LongStream.generate(HeldBytesIT::pinned).limit(3).min().orElseThrow();
  }

  private static long pinned() {
    var pool = PooledByteBufAllocator.DEFAULT;
    return pool.pinnedDirectMemory() + pool.pinnedHeapMemory();
  }

  private void report(String what) {
    System.out.printf("held of %d MiB, %s: %d KiB%n", BODY >> 20, what, mostHeld.get() >> 10);
    assertThat(mostHeld.get()).as(what).isLessThanOrEqualTo(MOST_HELD);
  }
}
