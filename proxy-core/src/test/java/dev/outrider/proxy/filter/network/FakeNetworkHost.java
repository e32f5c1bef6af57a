package dev.outrider.proxy.filter.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/// A connection without sockets: what leaves the chain on either side, in words.
public final class FakeNetworkHost implements NetworkHost, FlowControl {
  public final FakeLoop loop;
  public final List<String> events = new ArrayList<>();
  private final StreamInfo info = new StreamInfo();
  private final HoldSet holds = new HoldSet();
  public boolean writable = true;

  public FakeNetworkHost() {
    this(new FakeLoop());
  }

  public FakeNetworkHost(FakeLoop loop) {
    this.loop = loop;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public FlowControl reading() {
    return this;
  }

  @Override
  public void onRead(ByteBuf chunk, boolean end) {
    add("read ", text(chunk, end));
  }

  @Override
  public void onWrite(ByteBuf chunk, boolean end) {
    add("write ", text(chunk, end));
  }

  /// Pieces that follow each other are one.
  private void add(String what, String text) {
    var last = events.isEmpty() ? "" : events.getLast();
    if (last.startsWith(what)) {
      events.set(events.size() - 1, last + text);
    } else {
      events.add(what + text);
    }
  }

  private static String text(ByteBuf chunk, boolean end) {
    var text = chunk.toString(UTF_8) + (end ? "." : "");
    chunk.release();
    return text;
  }

  @Override
  public void writesHeld(boolean held) {
    events.add(held ? "writes held" : "writes free");
  }

  @Override
  public boolean writable() {
    return writable;
  }

  @Override
  public void close(CloseMode mode, String details) {
    events.add("close " + mode + " " + details);
  }

  @Override
  public void onBug(Throwable bug) {
    throw new AssertionError(bug);
  }

  @Override
  public void hold(Hold cause) {
    if (holds.hold(cause)) {
      events.add("hold");
    }
  }

  @Override
  public void release(Hold cause) {
    if (holds.release(cause)) {
      events.add("release");
    }
  }
}
