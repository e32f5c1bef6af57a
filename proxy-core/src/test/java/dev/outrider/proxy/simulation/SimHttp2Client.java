package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http2.FrameBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Speaks HTTP/2: several requests at once, bodies within the windows it was given, windows that it
/// opens when it likes, resets, pings, and now and then something that is wrong.
final class SimHttp2Client extends SimHttpClient {
  private static final int MOST_STREAMS = 3;
  private static final int SERVER_WINDOW = 2_000;
  private static final int CONNECTION_WINDOW = 65_535;

  /// What the proxy is configured to be: small windows, so that bodies do not fit.
  static final Http2Options SERVER =
      new Http2Options(
          4096,
          MOST_STREAMS + 1,
          SERVER_WINDOW,
          CONNECTION_WINDOW,
          10_000,
          1_000,
          1,
          100,
          10,
          64 << 10,
          true,
          true,
          Http2Options.Keepalive.OFF);

  private final FrameBytes out = new FrameBytes();
  private final Map<Integer, Asked> open = new HashMap<>();
  private final SimFrames frames = new SimFrames(this::onFrame);
  private final int ownWindow;
  private long sendWindow = CONNECTION_WINDOW;
  private long sentData;
  private long credited;
  private long ungranted;
  private int nextStream = 1;
  private boolean settingsKnown;
  private boolean stingy;
  private boolean toldToClose;

  SimHttp2Client(SplittableRandom random) {
    super(random);
    ownWindow = 300 + random.nextInt(5_000);
    out.preface().settings(4, ownWindow);
    flush();
  }

  private void flush() {
    send(new String(out.take(), StandardCharsets.ISO_8859_1));
  }

  @Override
  int streams() {
    return MOST_STREAMS + 1;
  }

  @Override
  boolean mayAsk() {
    return open() && !toldToClose && open.size() < MOST_STREAMS;
  }

  @Override
  void request(int id) {
    switch (random.nextInt(16)) {
      case 0 ->
          somebody(
              asked -> {
                out.reset(asked.stream, 8);
                open.remove(asked.stream);
              });
      case 1 -> out.frame(FrameBytes.PING, 0, 0, new byte[8]);
      case 2 -> malformed();
      case 3 -> askForTunnel(id, random.nextInt(3) == 0, random.nextBoolean());
      default -> ask(id, random.nextInt(10) == 0 ? "HEAD" : "");
    }
    flush();
  }

  private void somebody(Consumer<Asked> action) {
    if (!open.isEmpty()) {
      action.accept(List.copyOf(open.values()).get(random.nextInt(open.size())));
    }
  }

  /// Costs the stream, or the connection.
  private void malformed() {
    if (random.nextInt(8) == 0) {
      out.frame(FrameBytes.DATA, 0, nextStream + 100, new byte[3]);
      toldToClose = true; // what was asked before may still be answered, or not
      open.clear();
    } else {
      out.head(nextStream, true, FrameBytes.block(":method", "GET", "x-sim-id", "0"), 1);
      nextStream += 2;
    }
  }

  @Override
  void properRequest(int id) {
    ask(id, "HEAD");
    flush();
  }

  @Override
  void properTunnel(int id) {
    askForTunnel(id, false, true);
    flush();
  }

  private void askForTunnel(int id, boolean connect, boolean half) {
    var tunnel = SimTunnel.client(id, half);
    var fields = new ArrayList<>(List.of(":method", "CONNECT", ":authority", "sim:443"));
    if (!connect) {
      fields.addAll(List.of(":protocol", "websocket", ":scheme", "http", ":path", "/" + id));
    }
    fields.addAll(List.of("x-sim-id", String.valueOf(id)));
    if (half) {
      fields.addAll(List.of("x-sim-half", "1"));
    }
    var asked = new Asked(nextStream, id, false, new byte[0], ownWindow);
    asked.tunnel = tunnel;
    nextStream += 2;
    open.put(asked.stream, asked);
    out.head(asked.stream, false, FrameBytes.block(fields.toArray(String[]::new)), 1);
    pump(asked);
  }

  private void ask(int id, String wanted) {
    var body = wanted.isEmpty() ? SimMessage.requestBody(id) : new byte[0];
    var method = wanted.isEmpty() ? (body.length > 0 ? "POST" : "GET") : wanted;
    var fields =
        new ArrayList<>(
            List.of(
                ":method",
                method,
                ":scheme",
                "http",
                ":path",
                "/" + id,
                ":authority",
                "sim",
                "x-sim-id",
                String.valueOf(id)));
    if (body.length > 0 && random.nextBoolean()) {
      fields.addAll(List.of("content-length", String.valueOf(body.length)));
    }
    var asked = new Asked(nextStream, id, method.equals("HEAD"), body, ownWindow);
    nextStream += 2;
    open.put(asked.stream, asked);
    var block = FrameBytes.block(fields.toArray(String[]::new));
    out.head(asked.stream, body.length == 0, block, 1 + random.nextInt(2));
    pump(asked);
  }

  /// As much of the body as the windows allow; not before they are known.
  private void pump(Asked asked) {
    if (asked.tunnel != null) {
      pump(asked, asked.tunnel);
      return;
    }
    while (settingsKnown && asked.sent < asked.body.length) {
      var room = (int) Math.min(asked.window, Math.min(sendWindow, 1 + random.nextInt(FRAME)));
      var size = Math.min(room, asked.body.length - asked.sent);
      if (size <= 0) {
        return;
      }
      var part = Arrays.copyOfRange(asked.body, asked.sent, asked.sent + size);
      asked.sent += size;
      asked.window -= size;
      sendWindow -= size;
      sentData += size;
      var last = asked.sent == asked.body.length;
      var trailers = last && random.nextInt(4) == 0;
      out.frame(FrameBytes.DATA, last && !trailers ? FrameBytes.END_STREAM : 0, asked.stream, part);
      if (trailers) {
        out.head(asked.stream, true, FrameBytes.block("x-trailer", "1"), 1);
      }
    }
  }

  private void pump(Asked asked, SimTunnel tunnel) {
    while (settingsKnown && tunnel.sayable() > 0) {
      var room = (int) Math.min(asked.window, Math.min(sendWindow, 1 + random.nextInt(FRAME)));
      if (room <= 0) {
        return;
      }
      var part = tunnel.say(room);
      asked.window -= part.length;
      sendWindow -= part.length;
      sentData += part.length;
      asked.ended = tunnel.half() && tunnel.saidAll();
      out.frame(FrameBytes.DATA, asked.ended ? FrameBytes.END_STREAM : 0, asked.stream, part);
    }
  }

  @Override
  void readSomething() {
    stingy = random.nextBoolean();
    grant();
    super.readSomething();
  }

  @Override
  void readAll() {
    stingy = false;
    grant();
    List.copyOf(open.values()).stream().filter(Asked::tunnelDone).forEach(this::leaveTunnel);
    flush();
    super.readAll();
  }

  /// Opens the windows again by what was taken.
  private void grant() {
    if (stingy || !open()) {
      return;
    }
    if (ungranted > 0) {
      out.windowUpdate(0, (int) ungranted);
      ungranted = 0;
    }
    for (var asked : open.values()) {
      if (asked.ungranted > 0) {
        out.windowUpdate(asked.stream, asked.ungranted);
        asked.ownWindow += asked.ungranted;
        asked.ungranted = 0;
      }
    }
    flush();
  }

  @Override
  boolean answeredOrClosed() {
    return open.values().stream().allMatch(Asked::tunnelDone) || !channel.isOpen();
  }

  @Override
  boolean toldToClose() {
    return toldToClose;
  }

  @Override
  String unanswered() {
    return open.values() + ", window " + sendWindow;
  }

  /// With nothing under way, the proxy may not sit on more than half of the connection's window.
  @Override
  void checkAtRest() {
    if (open() && !toldToClose && open.isEmpty()) {
      assertThat(CONNECTION_WINDOW + credited - sentData)
          .as("window of the connection at rest")
          .isBetween(CONNECTION_WINDOW / 2L, (long) CONNECTION_WINDOW);
    }
  }

  @Override
  void onBytes() {
    frames.read(in.rest());
    if (!channel.isOpen()) {
      open.clear();
      frames.close();
    }
  }

  private void onFrame(SimFrames.Frame frame) {
    switch (frame.type()) {
      case FrameBytes.SETTINGS -> {
        if ((frame.flags() & FrameBytes.ACK) == 0) {
          settingsKnown = true;
          out.frame(FrameBytes.SETTINGS, FrameBytes.ACK, 0);
          open.values().forEach(this::pump);
        }
      }
      case FrameBytes.WINDOW_UPDATE -> onWindowUpdate(frame);
      case FrameBytes.RST_STREAM -> open.remove(frame.stream());
      case FrameBytes.GOAWAY -> {
        toldToClose = true;
        open.values().removeIf(asked -> asked.stream > frame.number(0));
      }
      case FrameBytes.HEADERS -> onHead(frame);
      case FrameBytes.DATA -> onData(frame);
      default -> {}
    }
    flush();
  }

  private void onWindowUpdate(SimFrames.Frame frame) {
    var asked = open.get(frame.stream());
    if (frame.stream() == 0) {
      sendWindow += frame.number(0);
      credited += frame.number(0);
      open.values().forEach(this::pump);
    } else if (asked != null) {
      asked.window += frame.number(0);
      pump(asked);
    }
  }

  private void onHead(SimFrames.Frame frame) {
    var asked = open.get(frame.stream());
    if (asked == null) {
      return; // reset by us meanwhile
    }
    if (asked.status == null) {
      var status = frame.field(":status");
      if (status.startsWith("1")) {
        return;
      }
      asked.status = status;
      asked.answerId = frame.field("x-sim-id");
      asked.openEnded = !frame.field("x-sim-open-ended").isEmpty();
      if (asked.opened()) {
        assertThat(asked.answerId).isIn("", String.valueOf(asked.id));
      } else if (asked.answerId.isEmpty()) {
        assertThat(status.charAt(0)).as("a local answer: %s", frame).isIn('4', '5');
      } else {
        assertThat(asked.answerId)
            .as("response on the wrong stream")
            .isEqualTo(String.valueOf(asked.id));
      }
    } else {
      assertThat(frame.ends()).as("trailers end a stream").isTrue();
    }
    endIf(asked, frame.ends());
  }

  private void onData(SimFrames.Frame frame) {
    var size = frame.payload().length;
    ungranted += size;
    var asked = open.get(frame.stream());
    if (asked != null) {
      asked.ownWindow -= size;
      assertThat(asked.ownWindow >= 0 || size == 0).as("DATA within our window").isTrue();
      asked.ungranted += size;
      assertThat(asked.status).as("a head before its body").isNotNull();
      if (asked.opened()) {
        onTunnelData(asked, Objects.requireNonNull(asked.tunnel), frame);
      } else {
        asked.answer.writeBytes(frame.payload());
        endIf(asked, frame.ends());
      }
    }
    grant();
  }

  private void onTunnelData(Asked asked, SimTunnel tunnel, SimFrames.Frame frame) {
    var before = tunnel.heardAll();
    tunnel.hear(frame.payload());
    if (tunnel.heardAll() && !before) {
      tunnelled(tunnel);
    }
    if (frame.ends()) {
      tunnel.hearEnd();
      open.remove(asked.stream);
    }
  }

  /// One that has served its purpose: its end is said, and if that is not enough it is reset.
  private void leaveTunnel(Asked asked) {
    if (asked.ended) {
      out.reset(asked.stream, 8);
      open.remove(asked.stream);
    } else {
      asked.ended = true;
      out.frame(FrameBytes.DATA, FrameBytes.END_STREAM, asked.stream);
    }
  }

  private void endIf(Asked asked, boolean end) {
    if (!asked.answerId.isEmpty() && !asked.toHead) {
      var expected = SimMessage.responseBody(asked.id);
      var body = asked.answer.toByteArray();
      var known = Arrays.copyOf(expected, Math.min(expected.length, body.length));
      assertThat(Arrays.equals(body, end && !asked.openEnded ? expected : known))
          .as("body of response %s: %s of %s bytes", asked.id, body.length, expected.length)
          .isTrue();
    }
    if (end) {
      assertThat(asked.opened()).as("a tunnel that ends with its head").isFalse();
      open.remove(asked.stream);
      answered(asked.toString(), !asked.answerId.isEmpty());
    }
  }

  /// One request under way.
  private static final class Asked {
    private final int stream;
    private final int id;
    private final boolean toHead;
    private final byte[] body;
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
    private @Nullable String status;
    private String answerId = "";
    private boolean openEnded;
    private @Nullable SimTunnel tunnel;
    private boolean ended;
    private int sent;
    private long window = SERVER_WINDOW;
    private long ownWindow;
    private int ungranted;

    Asked(int stream, int id, boolean toHead, byte[] body, int ownWindow) {
      this.stream = stream;
      this.id = id;
      this.toHead = toHead;
      this.body = body;
      this.ownWindow = ownWindow;
    }

    private boolean opened() {
      return tunnel != null && "200".equals(status);
    }

    private boolean tunnelDone() {
      return tunnel != null && tunnel.heardAll();
    }

    @Override
    public String toString() {
      return tunnel != null ? "stream " + stream + ": " + tunnel : asText();
    }

    private String asText() {
      return "stream %s: request %s, %s of %s bytes sent, answer %s with %s bytes"
          .formatted(stream, id, sent, body.length, status, answer.size());
    }
  }
}
