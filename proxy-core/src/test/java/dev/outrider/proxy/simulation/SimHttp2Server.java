package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http2.FrameBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// An upstream that is spoken to in HTTP/2: checks each request, answers it within the windows that
/// the proxy gives, or misbehaves.
final class SimHttp2Server {
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  static final int MOST_STREAMS = 3;
  private static final int CONNECTION_WINDOW = 65_535;
  private static final int PROPER = 30;

  private final SimUpstream connection;
  private final SplittableRandom random;
  private final BooleanSupplier calm;
  private final FrameBytes out = new FrameBytes();
  private final SimFrames frames = new SimFrames(this::onFrame);
  private final Map<Integer, Served> open = new HashMap<>();
  private final int ownWindow;

  /// The window of a new stream as the proxy knows it.
  private int countedOn = CONNECTION_WINDOW;

  private int prefaceLeft = PREFACE.length();
  private int highest;
  private long initialWindow = CONNECTION_WINDOW;
  private long sendWindow = CONNECTION_WINDOW;
  private int ungranted;
  private boolean stingy;

  SimHttp2Server(SimUpstream connection, BooleanSupplier calm) {
    this.connection = connection;
    this.random = connection.random.split();
    this.calm = calm;
    this.ownWindow = 300 + random.nextInt(4_000);
    out.settings(3, 1 + random.nextInt(MOST_STREAMS), 4, ownWindow);
    flush();
  }

  private void flush() {
    connection.send(new String(out.take(), StandardCharsets.ISO_8859_1));
  }

  void read(byte[] bytes) {
    var skipped = Math.min(prefaceLeft, bytes.length);
    prefaceLeft -= skipped;
    frames.read(Arrays.copyOfRange(bytes, skipped, bytes.length));
    flush();
  }

  /// Opens the windows again by what was taken, or stops doing so.
  void grant(boolean generous) {
    stingy = !generous;
    if (generous && ungranted > 0) {
      out.windowUpdate(0, ungranted);
      ungranted = 0;
    }
    for (var served : open.values()) {
      if (generous && served.ungranted > 0 && !served.requestEnded) {
        out.windowUpdate(served.stream, served.ungranted);
        served.ownWindow += served.ungranted;
        served.ungranted = 0;
      }
    }
    flush();
  }

  private void onFrame(SimFrames.Frame frame) {
    switch (frame.type()) {
      case FrameBytes.SETTINGS -> onSettings(frame);
      case FrameBytes.WINDOW_UPDATE -> onWindowUpdate(frame);
      case FrameBytes.RST_STREAM -> open.remove(frame.stream());
      case FrameBytes.HEADERS -> onHead(frame);
      case FrameBytes.DATA -> onData(frame);
      case FrameBytes.PING -> {
        if ((frame.flags() & FrameBytes.ACK) == 0) {
          out.frame(FrameBytes.PING, FrameBytes.ACK, 0, frame.payload());
        }
      }
      default -> {}
    }
  }

  private void onSettings(SimFrames.Frame frame) {
    if ((frame.flags() & FrameBytes.ACK) != 0) {
      open.values().forEach(served -> served.ownWindow += ownWindow - countedOn);
      countedOn = ownWindow;
      return;
    }
    for (var at = 0; at < frame.payload().length; at += 6) {
      if (frame.payload()[at + 1] == 4) {
        var change = frame.number(at + 2) - initialWindow;
        initialWindow += change;
        open.values().forEach(served -> served.window += change);
      }
    }
    out.frame(FrameBytes.SETTINGS, FrameBytes.ACK, 0);
  }

  private void onWindowUpdate(SimFrames.Frame frame) {
    var served = open.get(frame.stream());
    if (frame.stream() == 0) {
      sendWindow += frame.number(0);
      List.copyOf(open.values()).forEach(this::pump);
    } else if (served != null) {
      served.window += frame.number(0);
      pump(served);
    }
  }

  private void onHead(SimFrames.Frame frame) {
    var known = open.get(frame.stream());
    if (known == null && frame.stream() > highest) {
      highest = frame.stream();
      var id = Integer.parseInt(frame.field("x-sim-id"));
      var served = new Served(frame.stream(), id, frame.field(":method").equals("HEAD"));
      open.put(served.stream, served);
      if (frame.field(":method").equals("CONNECT")) {
        openTunnel(served, SimTunnel.service(id, !frame.field("x-sim-half").isEmpty()));
        return;
      }
      assertThat(frame.field(":path")).as("a request").startsWith("/");
      if (!calm.getAsBoolean() && random.nextInt(25) == 0) {
        answer(served);
      }
      endIf(served, frame.ends());
    } else if (known != null) {
      assertThat(frame.ends()).as("trailers end a stream").isTrue();
      endIf(known, true);
    }
  }

  private void onData(SimFrames.Frame frame) {
    var size = frame.payload().length;
    ungranted += size;
    var served = open.get(frame.stream());
    if (served != null) {
      served.ownWindow -= size;
      assertThat(served.ownWindow >= 0 || size == 0).as("DATA within our window").isTrue();
      served.ungranted += size;
      var tunnel = served.tunnel;
      if (tunnel == null) {
        served.body.writeBytes(frame.payload());
        endIf(served, frame.ends());
      } else {
        tunnel.hear(frame.payload());
        if (frame.ends()) {
          tunnel.hearEnd();
        }
        pump(served);
      }
    }
    if (!stingy) {
      grant(true);
    }
  }

  private void endIf(Served served, boolean end) {
    if (!end) {
      return;
    }
    served.requestEnded = true;
    if (!served.toHead) {
      assertThat(Arrays.equals(served.body.toByteArray(), SimMessage.requestBody(served.id)))
          .as("body of request %s: %s bytes", served.id, served.body.size())
          .isTrue();
    }
    if (!served.answered) {
      answer(served);
    }
    forgetIfOver(served);
  }

  /// Opens it, or misbehaves.
  private void openTunnel(Served served, SimTunnel tunnel) {
    served.tunnel = tunnel;
    served.endsFirst = random.nextBoolean();
    switch (calm.getAsBoolean() ? PROPER : random.nextInt(PROPER)) {
      case 0 -> reset(served, random.nextInt(14));
      case 1 -> connection.silent = true;
      case 2, 3 -> {
        out.head(served.stream, true, FrameBytes.block(":status", "403"), 1);
        open.remove(served.stream);
      }
      case 4 -> connection.closeWhenSent();
      default -> {
        served.responding = true;
        head(served, false);
        pump(served);
      }
    }
  }

  /// As much as the windows allow; the end follows that of the client, or comes before it.
  private void pump(Served served, SimTunnel tunnel) {
    while (served.responding && tunnel.sayable() > 0) {
      var room =
          (int) Math.min(served.window, Math.min(sendWindow, 1 + random.nextInt(SimPeer.FRAME)));
      if (room <= 0) {
        return;
      }
      var part = tunnel.say(room);
      served.window -= part.length;
      sendWindow -= part.length;
      out.frame(FrameBytes.DATA, 0, served.stream, part);
    }
    if (tunnel.saidAll() && (tunnel.heardEnd() || served.endsFirst)) {
      out.frame(FrameBytes.DATA, FrameBytes.END_STREAM, served.stream);
      open.remove(served.stream);
    }
  }

  private void answer(Served served) {
    served.answered = true;
    switch (calm.getAsBoolean() ? PROPER : random.nextInt(PROPER)) {
      case 0 -> reset(served, random.nextInt(14));
      case 1 -> {
        out.goAway(random.nextBoolean() ? served.stream : served.stream - 2, random.nextInt(3));
        open.values().removeIf(other -> other.stream > served.stream - 2);
        connection.closeWhenSent();
      }
      case 2 -> connection.silent = true;
      case 3 -> {
        head(served, false);
        var part = SimMessage.responseBody(served.id);
        out.frame(FrameBytes.DATA, 0, served.stream, Arrays.copyOf(part, part.length / 9));
        reset(served, 2);
      }
      case 4 -> {
        out.head(served.stream, false, FrameBytes.block(":status", "103", "link", "x"), 1);
        proper(served);
      }
      case 5 -> connection.closeWhenSent();
      case 6 -> {
        out.head(served.stream, true, FrameBytes.block("x-sim-id", "no status"), 1);
        open.remove(served.stream);
      }
      case 7 -> {
        out.frame(FrameBytes.PING, 0, 0, new byte[8]);
        proper(served);
      }
      default -> proper(served);
    }
  }

  private void reset(Served served, int code) {
    out.reset(served.stream, code);
    open.remove(served.stream);
  }

  private void proper(Served served) {
    served.response = served.toHead ? new byte[0] : SimMessage.responseBody(served.id);
    served.responding = true;
    head(served, served.response.length == 0);
    served.responseEnded = served.response.length == 0;
    pump(served);
    forgetIfOver(served);
  }

  private void head(Served served, boolean end) {
    var block = FrameBytes.block(":status", "200", "x-sim-id", String.valueOf(served.id));
    out.head(served.stream, end, block, 1 + random.nextInt(2));
  }

  /// As much of the response as the windows allow.
  private void pump(Served served) {
    if (served.tunnel != null) {
      pump(served, served.tunnel);
      return;
    }
    while (served.responding && served.sent < served.response.length) {
      var room =
          (int) Math.min(served.window, Math.min(sendWindow, 1 + random.nextInt(SimPeer.FRAME)));
      var size = Math.min(room, served.response.length - served.sent);
      if (size <= 0) {
        return;
      }
      var part = Arrays.copyOfRange(served.response, served.sent, served.sent + size);
      served.sent += size;
      served.window -= size;
      sendWindow -= size;
      var last = served.sent == served.response.length;
      var trailers = last && random.nextInt(4) == 0;
      out.frame(
          FrameBytes.DATA, last && !trailers ? FrameBytes.END_STREAM : 0, served.stream, part);
      if (trailers) {
        out.head(served.stream, true, FrameBytes.block("x-trailer", "1"), 1);
      }
      served.responseEnded = last;
    }
    forgetIfOver(served);
  }

  private void forgetIfOver(Served served) {
    if (served.requestEnded && served.responseEnded) {
      open.remove(served.stream);
    }
  }

  /// One request under way.
  private final class Served {
    private final int stream;
    private final int id;
    private final boolean toHead;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable SimTunnel tunnel;
    private boolean endsFirst;
    private byte[] response = {};
    private int sent;
    private long window = initialWindow;
    private long ownWindow = countedOn;
    private int ungranted;
    private boolean requestEnded;
    private boolean answered;
    private boolean responding;
    private boolean responseEnded;

    Served(int stream, int id, boolean toHead) {
      this.stream = stream;
      this.id = id;
      this.toHead = toHead;
    }
  }
}
