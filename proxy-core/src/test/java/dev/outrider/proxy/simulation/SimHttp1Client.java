package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Speaks HTTP/1.1: sends requests, some of them pipelined, and checks that answers come in order;
/// now and then the last one asks for a tunnel.
final class SimHttp1Client extends SimHttpClient {
  private final ArrayDeque<Sent> waiting = new ArrayDeque<>();
  private @Nullable List<String> head;
  private boolean toldToClose;

  /// Asked for, and once its head has come open.
  private @Nullable SimTunnel tunnel;

  private boolean tunnelOpen;

  SimHttp1Client(SplittableRandom random) {
    super(random);
  }

  @Override
  boolean mayAsk() {
    return open() && !toldToClose && tunnel == null && waiting.size() < 5;
  }

  @Override
  void request(int id) {
    var kind = random.nextInt(14);
    if (kind == 0) {
      waiting.add(new Sent(id, false, true));
      send("GET / HTTP/1.1\r\nbroken line\r\n\r\n");
      return;
    }
    if (kind == 4) {
      askForTunnel(id, random.nextInt(3) == 0);
      return;
    }
    var body = SimMessage.requestBody(id);
    var method = kind == 1 ? "HEAD" : body.length > 0 ? "POST" : "GET";
    waiting.add(new Sent(id, kind == 1, false));
    var start =
        method
            + (" /" + id + " HTTP/1.1\r\nhost: sim\r\nx-sim-id: " + id + "\r\n")
            + (kind == 2 ? "expect: 100-continue\r\n" : kind == 3 ? "connection: close\r\n" : "");
    if (kind == 1 || body.length == 0) {
      send(start + "\r\n");
    } else if (random.nextBoolean()) {
      send(start + "content-length: " + body.length + "\r\n\r\n");
      send(new String(body, StandardCharsets.ISO_8859_1));
    } else {
      send(start + "transfer-encoding: chunked\r\n\r\n" + SimMessage.chunked(body, random));
    }
  }

  @Override
  void properRequest(int id) {
    waiting.add(new Sent(id, true, false));
    send("HEAD /" + id + " HTTP/1.1\r\nhost: sim\r\nx-sim-id: " + id + "\r\n\r\n");
  }

  @Override
  void properTunnel(int id) {
    askForTunnel(id, false);
  }

  /// What is said in it may be on its way before it is open.
  private void askForTunnel(int id, boolean connect) {
    waiting.add(new Sent(id, false, false));
    tunnel = SimTunnel.client(id, false);
    send(
        connect
            ? "CONNECT sim:443 HTTP/1.1\r\nhost: sim:443\r\nx-sim-id: " + id + "\r\n\r\n"
            : ("GET /" + id + " HTTP/1.1\r\nhost: sim\r\nx-sim-id: " + id + "\r\n")
                + "connection: Upgrade\r\nupgrade: websocket\r\n\r\n");
    if (random.nextBoolean()) {
      send(tunnel.sayAll());
    }
  }

  @Override
  boolean answeredOrClosed() {
    return waiting.isEmpty() || toldToClose || !channel.isOpen();
  }

  @Override
  boolean inTunnel() {
    return tunnelOpen;
  }

  @Override
  boolean toldToClose() {
    return toldToClose;
  }

  @Override
  String unanswered() {
    return waiting + ", head " + head + ", " + tunnel;
  }

  @Override
  void onBytes() {
    while (!tunnelOpen && readOne()) {}
    var inside = tunnel;
    if (tunnelOpen && inside != null) {
      readTunnel(inside);
    }
    if (!channel.isOpen()) {
      checkTheRest();
    }
  }

  private void readTunnel(SimTunnel inside) {
    inside.hear(in.rest());
    if (inside.heardAll() && !waiting.isEmpty()) {
      waiting.clear();
      tunnelled(inside);
      closeWhenSent();
    }
  }

  private boolean readOne() {
    if (head == null) {
      head = in.head();
    }
    var known = head;
    if (known == null) {
      return false;
    }
    if (waiting.size() == 1 && tunnel != null && opens(known)) {
      if (WireReader.header(known, "x-sim-id") != null) { // else the proxy is who opens it
        checkHead(waiting.getFirst(), known);
      }
      tunnelOpen = true;
      head = null;
      send(tunnel.sayAll());
      return false;
    }
    if (known.getFirst().startsWith("HTTP/1.1 1")) {
      head = null;
      return true;
    }
    assertThat(waiting).as("a response that nobody asked for: %s", known).isNotEmpty();
    var sent = waiting.getFirst();
    checkHead(sent, known);
    var body = body(known, sent.head());
    if (body == null) {
      return false;
    }
    if (WireReader.header(known, "x-sim-id") != null && !sent.head()) {
      var expected = SimMessage.responseBody(sent.id());
      var mayBeCut = WireReader.header(known, "x-sim-open-ended") != null;
      var wanted =
          mayBeCut ? Arrays.copyOf(expected, Math.min(expected.length, body.length)) : expected;
      assertThat(Arrays.equals(body, wanted))
          .as(
              "body of response %s: %s of %s bytes, %s",
              sent.id(), body.length, expected.length, known)
          .isTrue();
    }
    waiting.removeFirst();
    answered(known.toString(), WireReader.header(known, "x-sim-id") != null);
    head = null;
    if ("close".equals(WireReader.header(known, "connection"))) {
      toldToClose = true;
      waiting.clear();
    }
    return true;
  }

  /// Local answers to such a request are errors.
  private static boolean opens(List<String> head) {
    return head.getFirst().startsWith("HTTP/1.1 101") || head.getFirst().startsWith("HTTP/1.1 2");
  }

  private static void checkHead(Sent sent, List<String> head) {
    assertThat(head.getFirst()).startsWith("HTTP/1.1 ");
    var id = WireReader.header(head, "x-sim-id");
    if (id != null) {
      assertThat(id).as("response to the wrong request").isEqualTo(String.valueOf(sent.id()));
      assertThat(sent.broken()).isFalse();
    } else {
      assertThat(head.getFirst().charAt(9)).as("a local answer: %s", head).isIn('4', '5');
    }
  }

  private byte @Nullable [] body(List<String> known, boolean toHead) {
    if (toHead) {
      return new byte[0];
    }
    var length = WireReader.header(known, "content-length");
    if (length != null) {
      return in.sized(Integer.parseInt(length));
    }
    return in.chunked();
  }

  /// What is left when the proxy has closed may be cut short, but not be somebody else's.
  private void checkTheRest() {
    var known = head;
    if (known != null && WireReader.header(known, "x-sim-id") != null) {
      var rest = in.rest();
      var expected = SimMessage.responseBody(waiting.getFirst().id());
      if (WireReader.header(known, "content-length") != null) {
        var wanted = Arrays.copyOf(expected, Math.min(rest.length, expected.length));
        assertThat(Arrays.equals(rest, wanted)).as("the part of a response that came").isTrue();
      }
    }
    head = null;
    in.rest();
    waiting.clear();
  }

  /// @param broken the request makes no sense
  private record Sent(int id, boolean head, boolean broken) {}
}
