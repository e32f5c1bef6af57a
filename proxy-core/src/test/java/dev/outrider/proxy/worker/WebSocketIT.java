package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.routing.UpgradeRules;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// WebSocket conversations over real sockets: what a client gets through the proxy is, byte for
/// byte, what it gets from the server itself.
class WebSocketIT {
  /// A few more of these by hand: `-Doutrider.websocket.conversations=5000`.
  private static final int CONVERSATIONS =
      Integer.getInteger("outrider.websocket.conversations", 200);

  /// Several times what the kernel keeps for the sockets of a tunnel.
  private static final long MUCH = 64 << 20;

  private static final byte[] BLOCK = block();
  private static final long MOST_HELD = 12 << 20;
  private static final long STANDS_NANOS = 500_000_000;
  private static final String SWITCH =
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
  private static final String HANDSHAKE =
      """
      GET /chat HTTP/1.1
      host: h
      connection: keep-alive, Upgrade
      upgrade: websocket
      sec-websocket-version: 13
      sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==

      """
          .replace("\n", "\r\n");

  private final TestProxy proxy = new TestProxy(2);
  private WebSocketEcho server;
  private ServerSocket silent;

  @BeforeEach
  void configure() throws Exception {
    server = new WebSocketEcho();
    // The second that a closing connection lingers, as in Envoy, is not what is tested here.
    proxy.timeouts = new HttpTimeouts(300_000, 0, 0, 3_600_000, 0, 0);
    proxy.requests =
        new RequestOptions(
            new UpgradeRules(Map.of("websocket", true), false), false, UnderscoreNames.ALLOW);
    silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    proxy
        .cluster("silent", silent.getLocalPort())
        .route("/silent", "silent")
        .cluster("svc", server.port())
        .route("/", "svc")
        .start();
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
    server.close();
    silent.close();
  }

  @Test
  void conversationsAreTheSameDirectlyAndThroughTheProxy() throws Exception {
    var bytes = 0L;
    for (var seed = 0; seed < CONVERSATIONS; seed++) {
      var said = new Frames(seed).conversation();

      var direct = converse(server.port(), said, seed);
      var proxied = converse(proxy.port(), said, seed + 1);

      assertThat(proxied).as("seed %d", seed).isEqualTo(direct);
      bytes += direct.length;
    }
    assertThat(bytes).isGreaterThan(CONVERSATIONS * 1000L);
    assertThat(proxy.stat("http.test.downstream_cx_upgrades_total")).isEqualTo(CONVERSATIONS);
  }

  @Test
  void everySizeOfAMessageGoesThrough() throws Exception {
    for (var size : List.of(0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, 1 << 20)) {
      var frames = new Frames(size);
      frames.data(2, true, size);
      frames.close(1000);

      assertThat(converse(proxy.port(), frames.bytes(), size))
          .as("%d bytes", size)
          .isEqualTo(converse(server.port(), frames.bytes(), size + 1))
          .hasSizeGreaterThan(size);
    }
  }

  @Test
  void theClientOfTheJdkIsServed() throws Exception {
    var received = new CompletableFuture<String>();
    try (var client = HttpClient.newHttpClient()) {
      var socket =
          client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + proxy.port() + "/chat"), new Collector(received))
              .get(10, TimeUnit.SECONDS);

      socket.sendText("through ", false).get(10, TimeUnit.SECONDS);
      socket.sendText("the proxy ✓", true).get(10, TimeUnit.SECONDS);

      assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo("through the proxy ✓");
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(10, TimeUnit.SECONDS);
    }
  }

  /// Neither end's bytes are looked at: what the other does not read stays where it comes from, and
  /// arrives when it does.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatTheOtherEndDoesNotReadIsHeldBack(boolean fromClient) throws Exception {
    try (var client = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      client.setSoTimeout(20_000);
      var handshake = HANDSHAKE.replace("/chat", "/silent");
      client.getOutputStream().write(handshake.getBytes(StandardCharsets.US_ASCII));
      try (var service = silent.accept()) {
        service.setSoTimeout(20_000);
        assertThat(head(service.getInputStream())).contains("upgrade: websocket");
        service.getOutputStream().write(SWITCH.getBytes(StandardCharsets.US_ASCII));
        assertThat(head(client.getInputStream())).startsWith("HTTP/1.1 101 ");
        var from = fromClient ? client : service;
        var to = fromClient ? service : client;
        var pooled = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();

        var written = new AtomicLong();
        var speaking = Thread.ofVirtual().start(() -> say(from, written));
        var held = whenItStands(written);

        assertThat(held).isLessThan(MUCH / 2);
        assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory())
            .as("bytes in pools")
            .isLessThan(pooled + MOST_HELD);
        var in = to.getInputStream();
        for (var at = 0L; at < MUCH; at += BLOCK.length) {
          assertThat(in.readNBytes(BLOCK.length)).isEqualTo(BLOCK);
        }
        speaking.join();
      }
    }
  }

  private static void say(Socket socket, AtomicLong written) {
    try {
      while (written.get() < MUCH) {
        socket.getOutputStream().write(BLOCK);
        written.addAndGet(BLOCK.length);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until nothing has been added for a while.
  private static long whenItStands(AtomicLong written) {
    var last = -1L;
    var since = System.nanoTime();
    while (System.nanoTime() - since < STANDS_NANOS) {
      if (written.get() != last) {
        last = written.get();
        since = System.nanoTime();
      }
      Thread.onSpinWait();
    }
    return last;
  }

  /// Says everything in pieces of any size while it listens. Returns what came behind the head of
  /// the response, up to the end.
  private static byte[] converse(int port, byte[] said, long seed) throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
      assertThat(head(socket.getInputStream()))
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
      var speaking = Thread.ofVirtual().start(() -> say(socket, said, seed));
      var heard = socket.getInputStream().readAllBytes();
      speaking.join();
      return heard;
    }
  }

  private static byte[] block() {
    var block = new byte[1 << 16];
    new SplittableRandom(1).nextBytes(block);
    return block;
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var next = in.read();
      if (next < 0) {
        break;
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void say(Socket socket, byte[] said, long seed) {
    var random = new SplittableRandom(seed);
    try {
      OutputStream out = socket.getOutputStream();
      for (int at = 0, more; at < said.length; at += more) {
        more = Math.min(said.length - at, 1 + random.nextInt(1 << random.nextInt(1, 17)));
        out.write(said, at, more);
      }
    } catch (IOException hungUp) {
      // the server has closed in the middle, which both ways do alike
    }
  }

  /// Writes what a client might say, and what it must not.
  private static final class Frames {
    private final SplittableRandom random;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Frames(long seed) {
      random = new SplittableRandom(seed);
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    /// Messages in fragments with control frames between them; at the end a close, or a fault.
    byte[] conversation() {
      for (var messages = 1 + random.nextInt(12); messages > 0; messages--) {
        message();
      }
      switch (random.nextInt(10)) {
        case 0 -> frame(128 | 1, new byte[] {(byte) 0xc3, 0x28}); // not UTF-8: 1007
        case 1 -> frame(128 | 3 + random.nextInt(5), new byte[2]); // reserved opcode
        case 2 -> frame(128, new byte[3]); // continues nothing
        case 3 -> frame(0xc1, new byte[1]); // reserved bit
        case 4 -> frame(9, new byte[1]); // fragmented ping
        case 5 -> frame(128 | 9, new byte[126]); // ping that is too long
        case 6 -> frame(128 | 8, new byte[1]); // half a code
        case 7 -> close(1004 + random.nextInt(3));
        default -> close(random.nextBoolean() ? 1000 : 3000 + random.nextInt(2000));
      }
      return bytes();
    }

    private void message() {
      var fragments = 1 + random.nextInt(4);
      var opcode = 1 + random.nextInt(2);
      for (var i = 0; i < fragments; i++) {
        var size = random.nextInt(1 << random.nextInt(1, 15));
        data(i == 0 ? opcode : 0, i == fragments - 1, size);
        if (random.nextInt(3) == 0) {
          frame(128 | 9 + random.nextInt(2), new byte[random.nextInt(126)]);
        }
      }
    }

    void data(int opcode, boolean fin, int size) {
      var payload = new byte[size];
      for (var i = 0; i < size; i++) {
        payload[i] = (byte) ('a' + random.nextInt(26)); // text in any fragments
      }
      frame((fin ? 128 : 0) | opcode, payload);
    }

    void close(int code) {
      frame(128 | 8, new byte[] {(byte) (code >> 8), (byte) code, 'b', 'y', 'e'});
    }

    private void frame(int first, byte[] payload) {
      var mask = new byte[4];
      random.nextBytes(mask);
      var head = ByteBuffer.allocate(14).put((byte) first);
      if (payload.length < 126) {
        head.put((byte) (128 | payload.length));
      } else if (payload.length < 1 << 16) {
        head.put((byte) (128 | 126)).putShort((short) payload.length);
      } else {
        head.put((byte) (128 | 127)).putLong(payload.length);
      }
      head.put(mask);
      out.write(head.array(), 0, head.position());
      for (var i = 0; i < payload.length; i++) {
        out.write(payload[i] ^ mask[i & 3]);
      }
    }
  }

  /// The whole text of the first message.
  private static final class Collector implements WebSocket.Listener {
    private final CompletableFuture<String> message;
    private final StringBuilder text = new StringBuilder();

    Collector(CompletableFuture<String> message) {
      this.message = message;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        message.complete(text.toString());
      }
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }
}
