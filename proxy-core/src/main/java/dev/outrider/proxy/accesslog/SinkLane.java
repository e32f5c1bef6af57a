package dev.outrider.proxy.accesslog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The bytes on their way from one writing thread to the sink's thread: a chain of chunks, appended
/// at one end and drained at the other, without a lock. One drained chunk is kept for the next use,
/// so that a lane in balance allocates nothing.
final class SinkLane {
  static final int CHUNK_BYTES = 64 << 10;
  static final int MOST_BYTES = 1 << 20;

  private final AtomicReference<@Nullable Chunk> spare = new AtomicReference<>();
  private final AtomicInteger pendingBytes = new AtomicInteger();

  // Counted by the writing thread alone; what the draining thread has reported of it.
  private final AtomicLong records = new AtomicLong();
  private long reported;

  // The writing thread's end, and the draining thread's.
  private Chunk tail = new Chunk(CHUNK_BYTES);
  private Chunk head = tail;

  /// For the writing thread. False, and nothing kept, if too much is waiting already.
  boolean append(byte[] bytes, int offset, int length) {
    if (pendingBytes.get() + length > MOST_BYTES) {
      return false;
    }
    var at = tail.limit.getPlain();
    if (at + length > tail.bytes.length) {
      var kept = length <= CHUNK_BYTES ? spare.getAndSet(null) : null;
      var next = kept != null ? kept : new Chunk(Math.max(CHUNK_BYTES, length));
      tail.next.setRelease(next);
      tail = next;
      at = 0;
    }
    System.arraycopy(bytes, offset, tail.bytes, at, length);
    pendingBytes.getAndAdd(length);
    records.setRelease(records.getPlain() + 1);
    tail.limit.setRelease(at + length);
    return true;
  }

  /// Any thread.
  int pendingBytes() {
    return pendingBytes.get();
  }

  /// For the sink's thread: how many records came since it asked last.
  long newRecords() {
    var now = records.getAcquire();
    var fresh = now - reported;
    reported = now;
    return fresh;
  }

  /// For the sink's thread: writes everything that has been appended. What a failing write leaves
  /// is lost.
  void drain(WritableByteChannel out) throws IOException {
    while (true) {
      // In this order: a chunk with a successor will not grow any more.
      var next = head.next.getAcquire();
      drainHead(out);
      if (next == null) {
        return;
      }
      var empty = head;
      head = next;
      if (empty.bytes.length == CHUNK_BYTES) {
        empty.recycle();
        spare.set(empty);
      }
    }
  }

  private void drainHead(WritableByteChannel out) throws IOException {
    var from = head.drained;
    var to = head.limit.getAcquire();
    head.drained = to;
    pendingBytes.getAndAdd(from - to);
    var bytes = ByteBuffer.wrap(head.bytes, from, to - from);
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  /// A piece of the chain.
  private static final class Chunk {
    private final byte[] bytes;
    // Published by the writing thread.
    private final AtomicInteger limit = new AtomicInteger();
    private final AtomicReference<@Nullable Chunk> next = new AtomicReference<>();
    // Known to the draining thread only.
    private int drained;

    private Chunk(int capacity) {
      bytes = new byte[capacity];
    }

    private void recycle() {
      limit.setPlain(0);
      next.setPlain(null);
      drained = 0;
    }
  }
}
