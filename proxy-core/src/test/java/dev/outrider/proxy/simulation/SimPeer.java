package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// The far end of one of the proxy's channels: bytes on their way to the proxy, bytes that came
/// from it. Has an allocator of its own, so that what the proxy holds of this peer can be told.
abstract class SimPeer {
  static final int HIGH_MARK = 1_000;

  /// The most that arrives at once.
  static final int READ = 600;

  /// The most that one frame of a body carries, and so one chunk.
  static final int FRAME = 1_200;

  /// What the proxy may hold of one message of a peer: each stage of a stream its limit and what
  /// arrived at once, in chunks that are never larger than a read.
  private static final int MOST_HELD =
      (SimConfig.MOST_FILTERS + 1) * (SimConfig.BUFFER_LIMIT + READ) + HIGH_MARK + READ;

  /// The most that a head takes.
  static final int HEAD = 600;

  final SimChannel channel = new SimChannel();
  final SplittableRandom random;
  final WireReader in = new WireReader();

  /// Without leak detection: every byte is counted.
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);

  private final StringBuilder out = new StringBuilder();
  private boolean closeWhenSent;
  private boolean endWhenSent;
  private boolean disturbed;

  /// Bytes in both directions.
  long moved;

  SimPeer(SplittableRandom random) {
    this.random = random;
    channel.config().setAllocator(allocator);
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(400, HIGH_MARK));
  }

  void send(String bytes) {
    out.append(bytes);
  }

  void closeWhenSent() {
    closeWhenSent = true;
  }

  /// Ends its direction only.
  void endWhenSent() {
    endWhenSent = true;
  }

  boolean hasBytesFor() {
    return !out.isEmpty() && channel.isOpen() && channel.config().isAutoRead();
  }

  boolean open() {
    return channel.isOpen();
  }

  /// Bytes, or the end.
  boolean hasSomethingFor() {
    return hasBytesFor() || (closeWhenSent && out.isEmpty() && channel.isOpen()) || hasEndFor();
  }

  private boolean hasEndFor() {
    return endWhenSent
        && out.isEmpty()
        && channel.isOpen()
        && channel.config().isAutoRead()
        && !channel.inputEnded();
  }

  /// A random part of what waits arrives at the proxy.
  void deliver() {
    deliver(random.nextInt(3) == 0 ? READ : 1 + random.nextInt(READ));
  }

  /// At most that much.
  void deliver(int most) {
    if (hasBytesFor()) {
      var size = Math.min(out.length(), most);
      var bytes = out.substring(0, size).getBytes(StandardCharsets.ISO_8859_1);
      out.delete(0, size);
      moved += size;
      channel.writeInbound(allocator.buffer(size).writeBytes(bytes));
    }
    if (out.isEmpty() && closeWhenSent) {
      reset();
    } else if (hasEndFor()) {
      moved++;
      channel.endInput();
    }
  }

  void reset() {
    if (channel.isOpen()) {
      moved++;
      channel.closedByPeer();
    }
  }

  /// Something happens to the connection that may cost bytes.
  void disturb(boolean byReset) {
    disturbed = true;
    if (!byReset) {
      channel.breakWrites();
    } else if (channel.isOpen()) {
      moved++;
      channel.resetByPeer();
    }
  }

  boolean disturbed() {
    return disturbed;
  }

  /// A broken socket is noticed at the latest when somebody writes; nobody may have.
  void resetIfBroken() {
    if (channel.broken()) {
      reset();
    }
  }

  /// The peer stops reading, or reads some or all of what the proxy has for it.
  void readSomething() {
    switch (random.nextInt(3)) {
      case 0 -> channel.room(0);
      case 1 -> channel.room(random.nextInt(3_000));
      default -> readAll();
    }
  }

  /// Nothing holds the proxy up from here on.
  void readAll() {
    channel.room(Long.MAX_VALUE);
  }

  /// Takes what the proxy has written.
  void collect() {
    channel.runPendingTasks();
    var bytes = channel.takeWritten();
    if (bytes.length > 0) {
      moved += bytes.length;
      in.add(bytes);
    }
    onBytes();
    assertThat(channel.cutOff()).as("bytes lost at the end of a direction").isFalse();
  }

  /// Bytes that came from this peer and that the proxy still holds.
  long heldOfIt() {
    return allocator.metric().usedHeapMemory();
  }

  /// Room for bytes that the proxy has gathered for this peer.
  long heldForIt() {
    return allocator.metric().usedDirectMemory();
  }

  /// What the proxy may hold of this peer.
  int mostHeld() {
    // What is kept for another attempt, or for a mirror, may be in buffers that are half empty.
    return (MOST_HELD + 6 * SimConfig.MOST_KEPT) * streams();
  }

  /// How many messages may be under way at once.
  int streams() {
    return 1;
  }

  abstract void onBytes();
}
