package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// One connection that the proxy opened: checks each request, answers it or misbehaves.
final class SimUpstream extends SimPeer {
  /// Marks a response whose body ends with the connection: if that breaks, nobody can tell.
  static final String OPEN_ENDED = "x-sim-open-ended: 1\r\n";

  private static final int PROPER = 30;

  private final ChannelHandler handler;
  private final BooleanSupplier calm;
  private final IntFunction<@Nullable SimTcpClient> tcpClients;
  final ChannelPromise connected;
  private @Nullable SimHttp2Server http2;
  private @Nullable List<String> head;
  private boolean answered;
  private @Nullable SimTunnel tunnel;

  /// It goes when it has said everything but the last byte, whatever the client says.
  private boolean goesEarly;

  /// Whether the tunnel is one of HTTP. Its end is that of the connection, which may cost bytes
  /// that the client has not taken, as with Envoy: it is left to the client.
  private boolean http = true;

  /// Whether its client is one of the TCP proxy.
  private boolean tcp;

  /// Has been asked something in HTTP.
  private boolean used;

  /// It is ended by the one who has heard everything.
  private boolean endsFirst;

  /// Has given an answer after which nothing is listened to.
  private boolean deaf;

  /// A request came that nobody will answer.
  boolean silent;

  /// @param tcpClients by the number of their tunnels
  SimUpstream(
      ChannelHandler handler,
      SplittableRandom random,
      BooleanSupplier calm,
      IntFunction<@Nullable SimTcpClient> tcpClients) {
    super(random);
    this.tcpClients = tcpClients;
    this.calm = calm;
    this.handler = handler;
    this.connected = channel.newPromise();
  }

  boolean connecting() {
    return !connected.isDone();
  }

  void finishConnect(boolean refused) {
    if (!connecting()) {
      return;
    }
    moved++;
    if (refused || !channel.isOpen()) {
      connected.tryFailure(new ConnectException("Connection refused: sim"));
    } else {
      channel.pipeline().addLast(handler);
      connected.trySuccess();
    }
    channel.runPendingTasks();
  }

  @Override
  void disturb(boolean byReset) {
    if (connecting()) {
      reset();
    } else {
      super.disturb(byReset);
    }
  }

  @Override
  int streams() {
    return http2 == null ? 1 : SimHttp2Server.MOST_STREAMS + 1;
  }

  @Override
  int mostHeld() {
    return tcp ? SimTcpClient.MOST_HELD : super.mostHeld();
  }

  @Override
  void readSomething() {
    super.readSomething();
    if (http2 != null) {
      http2.grant(random.nextBoolean());
    }
  }

  @Override
  void readAll() {
    super.readAll();
    if (http2 != null) {
      http2.grant(true);
    }
  }

  /// The proxy decides what is spoken.
  @Override
  void onBytes() {
    if (http2 == null && in.startsWith("PRI *")) {
      http2 = new SimHttp2Server(this, calm);
    }
    if (http2 == null && tunnel == null && head == null && in.startsWith(SimTunnel.HELLO)) {
      meetTcpClient();
    }
    if (http2 != null) {
      http2.read(in.rest());
    } else if (deaf) {
      in.rest();
    } else {
      while (tunnel == null && readOne()) {}
      readTunnel();
    }
  }

  SimTunnel tunnel() {
    return Objects.requireNonNull(tunnel);
  }

  boolean goesEarly() {
    return goesEarly;
  }

  private void meetTcpClient() {
    var hello = in.nextLine();
    if (hello == null) {
      return;
    }
    var known = SimTunnel.service(hello);
    var client = tcpClients.apply(known.id());
    assertThat(used).as("bytes of a tunnel without a tunnel: %s", hello).isFalse();
    tunnel = known;
    http = false;
    if (client != null) { // else it is a CONNECT that ended in the proxy
      tcp = true;
      client.servedBy(this);
    }
    switch (calm.getAsBoolean() ? PROPER : random.nextInt(PROPER)) {
      case 0, 1, 2 -> goEarly();
      case 3 -> beSilent();
      default -> endsFirst = random.nextBoolean();
    }
  }

  private void goEarly() {
    goesEarly = true;
    closeWhenSent();
  }

  private void beSilent() {
    silent = true;
    deaf = true;
  }

  private void readTunnel() {
    var inside = tunnel;
    if (inside == null) {
      return;
    }
    inside.hear(in.rest());
    if (channel.outputEnded() && !inside.heardEnd()) {
      inside.hearEnd();
    }
    if (open() && inside.sayable() > 0) {
      send(inside.sayAll());
    }
    if (!http && inside.saidAll() && (inside.heardEnd() || endsFirst)) {
      endWhenSent();
    }
  }

  /// Over HTTP/1.1.
  private void openTunnel(List<String> request, int id) {
    var inside = SimTunnel.service(id, WireReader.header(request, "x-sim-half") != null);
    switch (calm.getAsBoolean() ? PROPER : random.nextInt(PROPER)) {
      case 0 -> {
        deaf = true;
        closeWhenSent();
      }
      case 1 -> beSilent();
      case 2, 3 -> {
        deaf = true;
        send("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      }
      case 4 -> {
        tunnel = inside;
        open(request, id);
        goEarly();
      }
      default -> {
        tunnel = inside;
        open(request, id);
      }
    }
  }

  private void open(List<String> request, int id) {
    send(
        request.getFirst().startsWith("CONNECT")
            ? "HTTP/1.1 200 OK\r\nx-sim-id: " + id + "\r\n\r\n"
            : "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                + ("x-sim-id: " + id + "\r\n\r\n"));
  }

  private boolean readOne() {
    if (head == null) {
      head = in.head();
      answered = false;
    }
    var known = head;
    if (known == null) {
      return false;
    }
    used = true;
    var id = Integer.parseInt(String.valueOf(WireReader.header(known, "x-sim-id")));
    if (known.getFirst().startsWith("CONNECT ") || WireReader.header(known, "upgrade") != null) {
      openTunnel(known, id);
      return false;
    }
    if (!answered && !calm.getAsBoolean() && random.nextInt(25) == 0) {
      answered = true;
      answer(id, known.getFirst().startsWith("HEAD"));
    }
    var length = WireReader.header(known, "content-length");
    var body =
        length != null
            ? in.sized(Integer.parseInt(length))
            : "chunked".equals(WireReader.header(known, "transfer-encoding"))
                ? in.chunked()
                : new byte[0];
    if (body == null) {
      return false;
    }
    if (!known.getFirst().startsWith("HEAD")) {
      assertThat(Arrays.equals(body, SimMessage.requestBody(id)))
          .as("body of request %s: %s bytes", id, body.length)
          .isTrue();
    }
    head = null;
    if (!answered) {
      answer(id, known.getFirst().startsWith("HEAD"));
    }
    return true;
  }

  private void answer(int id, boolean toHead) {
    switch (calm.getAsBoolean() ? PROPER : random.nextInt(PROPER)) {
      case 0 -> closeWhenSent();
      case 1 -> {
        send("nonsense\r\n\r\n");
        closeWhenSent();
      }
      case 2 -> silent = true;
      case 3 -> {
        send("HTTP/1.1 200 OK\r\nx-sim-id: " + id + "\r\ncontent-length: 90000\r\n\r\n");
        send(new String(SimMessage.responseBody(id), StandardCharsets.ISO_8859_1));
        closeWhenSent();
      }
      case 4 -> {
        send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
        proper(id, toHead, "");
      }
      case 5 -> {
        proper(id, toHead, "connection: close\r\n");
        closeWhenSent();
      }
      case 6 -> untilClose(id, toHead);
      case 7 -> {
        proper(id, toHead, "");
        proper(id, toHead, ""); // unasked
      }
      default -> proper(id, toHead, "");
    }
  }

  private void proper(int id, boolean toHead, String more) {
    var body = SimMessage.responseBody(id);
    var start = "HTTP/1.1 200 OK\r\nx-sim-id: " + id + "\r\n" + more;
    if (toHead || random.nextBoolean()) {
      send(start + "content-length: " + body.length + "\r\n\r\n");
      if (!toHead) {
        send(new String(body, StandardCharsets.ISO_8859_1));
      }
    } else {
      send(start + "transfer-encoding: chunked\r\n\r\n" + SimMessage.chunked(body, random));
    }
  }

  private void untilClose(int id, boolean toHead) {
    send("HTTP/1.1 200 OK\r\nx-sim-id: " + id + "\r\n" + OPEN_ENDED + "\r\n");
    if (!toHead) {
      send(new String(SimMessage.responseBody(id), StandardCharsets.ISO_8859_1));
    }
    closeWhenSent();
  }
}
