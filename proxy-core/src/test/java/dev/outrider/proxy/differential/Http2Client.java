package dev.outrider.proxy.differential;

import dev.outrider.proxy.differential.Case.Fate;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One HTTP/2 connection of a case's client: sends the frames it is told to, sorts what arrives by
/// stream. Stream 1 has no prefix, stream 3 is `s3.`.
final class Http2Client implements ScriptedClient {
  private static final String PING = "outrider";

  private final boolean service;
  private final Wire wire;
  private final String name;
  private final Observation seen;
  private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false, 1 << 20);
  private final Map<Integer, Stream> streams = new HashMap<>();
  private final StringBuilder block = new StringBuilder();
  private boolean pinged;
  private boolean failed;

  private static final class Stream {
    final List<String> head = new ArrayList<>();
    final StringBuilder body = new StringBuilder();
    boolean headed;
    boolean ended;

    boolean has(int bytes) {
      return headed && body.length() >= bytes;
    }
  }

  private Http2Client(boolean service, Wire wire, String name, Observation seen) {
    this.service = service;
    this.wire = wire;
    this.name = name;
    this.seen = seen;
  }

  Http2Client(Wire wire, String name, Observation seen, boolean preface) {
    this(false, wire, name, seen);
    if (preface) {
      wire.send(Frames.PREFACE);
      greet();
    }
  }

  /// The other end of such a connection: the service of a case.
  static Http2Client service(Wire wire, String name, Observation seen) {
    var service = new Http2Client(true, wire, name, seen);
    if (!wire.read(Frames.PREFACE.length()).equals(Frames.PREFACE)) {
      seen.put("problem", "the service: no HTTP/2");
    }
    service.greet();
    return service;
  }

  /// Waits for the acknowledgement: a close would race with it.
  private void greet() {
    wire.send(Frames.of(Frames.SETTINGS, 0, 0, ""));
    while (seen.get(name + "settings.ack").isEmpty() && frame()) {}
  }

  @Override
  public void step(Step step) throws IOException {
    switch (step) {
      case Step.Frame frame -> wire.send(Frames.of(frame));
      case Step.Send send -> send(send);
      case Step.ReadStream read -> {
        var stream = stream(read.stream());
        while (!stream.ended && !stream.has(read.bytes()) && frame()) {}
      }
      case Step.Read read when read.what() == Step.What.CLOSE -> awaitEnd();
      case Step.HalfClose _ -> wire.endOutput();
      case Step.Close _ -> wire.close();
      case Step.Reset _ -> wire.reset();
      case Step.Read _,
          Step.ReadBytes _,
          Step.Emit _,
          Step.Await _,
          Step.On _,
          Step.Admin _,
          Step.Page _ ->
          throw new IllegalArgumentException("not a step of an h2 client: " + step);
    }
  }

  private void send(Step.Send send) {
    if (send.eachByte()) {
      send.bytes().chars().forEach(b -> wire.send("" + (char) b));
    } else {
      wire.send(send.bytes());
    }
  }

  private Stream stream(int id) {
    return streams.computeIfAbsent(id, _ -> new Stream());
  }

  private String prefix(int stream) {
    return name + (stream == 1 ? "" : "s" + stream + ".");
  }

  /// Reads and takes one frame. Returns false at the end of the connection.
  private boolean frame() {
    var head = wire.read(9);
    if (head.length() < 9) {
      return false;
    }
    int length = head.charAt(0) << 16 | head.charAt(1) << 8 | head.charAt(2);
    var payload = wire.read(length);
    int stream =
        (head.charAt(5) & 0x7f) << 24 | head.charAt(6) << 16 | head.charAt(7) << 8 | head.charAt(8);
    take(head.charAt(3), head.charAt(4), stream, payload);
    return !wire.ended();
  }

  private void take(int type, int flags, int stream, String payload) {
    switch (type) {
      case Frames.DATA -> {
        stream(stream).body.append(payload);
        end(stream, flags);
      }
      case Frames.HEADERS, Frames.CONTINUATION -> headers(type, flags, stream, payload);
      case Frames.RST_STREAM -> {
        seen.put(prefix(stream) + "rst", Integer.toString(int32(payload, 0)));
        finish(stream);
      }
      case Frames.SETTINGS -> settings(flags, payload);
      case Frames.PING -> ping(flags, payload);
      case Frames.GOAWAY -> goAway(payload);
      default -> {}
    }
  }

  private void settings(int flags, String payload) {
    if ((flags & Frames.ACK) != 0) {
      seen.put(name + "settings.ack", "yes");
      return;
    }
    var settings = new ArrayList<String>();
    for (int at = 0; at + 6 <= payload.length(); at += 6) {
      settings.add(
          (payload.charAt(at) << 8 | payload.charAt(at + 1)) + "=" + int32(payload, at + 2));
    }
    if (service) {
      wire.send(Frames.of(Frames.SETTINGS, Frames.ACK, 0, "")); // a client's are its own affair
      return;
    }
    seen.put(name + "settings", String.join(" ", settings.stream().sorted().toList()));
    wire.send(Frames.of(Frames.SETTINGS, Frames.ACK, 0, ""));
  }

  private void ping(int flags, String payload) {
    if ((flags & Frames.ACK) == 0) {
      wire.send(Frames.of(Frames.PING, Frames.ACK, 0, payload));
    } else if (payload.equals(PING)) {
      pinged = true;
    } else {
      seen.put(name + "ping", WireText.shown(payload));
    }
  }

  private void goAway(String payload) {
    int code = int32(payload, 4);
    failed |= code != 0;
    if (int32(payload, 0) == Integer.MAX_VALUE) {
      seen.put(name + "notice", "code " + code);
      return;
    }
    seen.put(name + "goaway", "last " + int32(payload, 0) + " code " + code);
    seen.putIfAny(
        name + "goaway.text", payload.length() > 8 ? WireText.shown(payload.substring(8)) : "");
  }

  private void headers(int type, int flags, int stream, String payload) {
    block.append(payload);
    if (type == Frames.HEADERS) {
      stream(stream).ended |= (flags & Frames.END_STREAM) != 0;
    }
    if ((flags & Frames.END_HEADERS) == 0) {
      return;
    }
    var lines = decode(stream);
    block.setLength(0);
    var to = stream(stream);
    boolean informational = !lines.isEmpty() && lines.getFirst().startsWith(":status: 1");
    if (informational) {
      seen.put(prefix(stream) + "informational", String.join(", ", lines));
    } else if (to.headed) {
      seen.put(prefix(stream) + "trailers", String.join(", ", lines));
    } else {
      to.headed = true;
      to.head.addAll(lines);
      if (service) {
        // the order of pseudo-headers means nothing
        var pseudo = lines.stream().filter(line -> line.startsWith(":")).sorted().toList();
        var fields = new ArrayList<>(pseudo);
        lines.stream().filter(line -> !line.startsWith(":")).forEach(fields::add);
        seen.headers(prefix(stream) + "headers", fields);
        return;
      }
      seen.put(prefix(stream) + "status", lines.isEmpty() ? "none" : lines.getFirst());
      seen.headers(
          prefix(stream) + "headers", lines.isEmpty() ? lines : lines.subList(1, lines.size()));
    }
    if (to.ended) {
      finish(stream);
    }
  }

  private List<String> decode(int stream) {
    var bytes = Unpooled.copiedBuffer(block, StandardCharsets.ISO_8859_1);
    try {
      var lines = new ArrayList<String>();
      hpack
          .decodeHeaders(stream, bytes)
          .forEach(field -> lines.add(field.getKey() + ": " + field.getValue()));
      return lines;
    } catch (Http2Exception broken) {
      throw new IllegalStateException("the proxy's header block", broken);
    } finally {
      bytes.release();
    }
  }

  private void end(int stream, int flags) {
    if ((flags & Frames.END_STREAM) != 0) {
      finish(stream);
    }
  }

  private void finish(int stream) {
    var done = stream(stream);
    done.ended = true;
    seen.putIfAny(prefix(stream) + "body", WireText.shown(done.body.toString()));
  }

  private static int int32(String bytes, int at) {
    return bytes.length() < at + 4
        ? -1
        : bytes.charAt(at) << 24
            | bytes.charAt(at + 1) << 16
            | bytes.charAt(at + 2) << 8
            | bytes.charAt(at + 3);
  }

  private void awaitEnd() {
    drain();
    seen.put(name + "fate", "closed");
  }

  /// Takes what there still is.
  void drain() {
    while (frame()) {}
  }

  /// A PING stands behind everything that the proxy had to say.
  @Override
  public void fate(Fate how) {
    if (how == Fate.NONE || !seen.get(name + "fate").isEmpty()) {
      return;
    }
    if (how == Fate.WAIT || failed) {
      awaitEnd();
      return;
    }
    wire.send(Frames.of(Frames.PING, 0, 0, PING));
    while (!pinged && frame()) {}
    if (pinged && !failed) {
      seen.put(name + "fate", "kept");
    } else {
      awaitEnd();
    }
  }

  @Override
  public int answers() {
    return (int) streams.values().stream().filter(stream -> stream.headed).count();
  }

  @Override
  public void close() throws IOException {
    streams.forEach((id, _) -> finish(id));
    wire.close();
  }
}
