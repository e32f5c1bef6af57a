package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// The only holder of retained body chunks. Owned by one loop. Bytes that are held never change: an
/// edit puts new chunks beside slices of the old ones, so that [#share] can hand out the same
/// bytes.
///
/// A chunk keeps the whole buffer that it was read into. So small chunks are copied together, and
/// those out of a buffer that was not filled by half into one of their size, except the first,
/// which most often leaves before there is a second: what is held takes about twice its length at
/// most, however small the pieces were that it came in.
public final class BodyBuffer implements AutoCloseable {
  private static final int SMALL = 512;
  private static final int TAIL_BYTES = 2048;

  private final int limit;

  /// A chunk made here that has room behind its bytes; nobody else writes to it. If it is not null,
  /// it is among the chunks.
  private @Nullable ByteBuf tail;

  private @Nullable ByteBuf[] chunks = new @Nullable ByteBuf[4];
  private int first;
  private int count;
  private int length;

  /// `limit` in bytes; [Integer#MAX_VALUE] for none.
  public BodyBuffer(int limit) {
    this.limit = limit;
  }

  /// Bytes held.
  public int length() {
    return length;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  public int limit() {
    return limit;
  }

  public boolean overLimit() {
    return length > limit;
  }

  /// *Takes* the chunk. Appending beyond the limit is allowed: what follows from it is the owner's
  /// decision.
  public void append(ByteBuf chunk) {
    var bytes = chunk.readableBytes();
    if (bytes == 0) {
      chunk.release();
      return;
    }
    if (count == 0) {
      insert(0, chunk);
    } else if (bytes > SMALL) {
      insert(count, wasteful(chunk) ? compact(chunk, bytes) : chunk);
    } else {
      copyBehind(chunk, bytes);
    }
    length += bytes;
  }

  /// Whether less than half of the buffer behind the chunk has been used.
  private static boolean wasteful(ByteBuf chunk) {
    var whole = chunk;
    for (var next = whole.unwrap(); next != null; next = whole.unwrap()) {
      whole = next;
    }
    return whole.writerIndex() < whole.capacity() / 2;
  }

  private static ByteBuf compact(ByteBuf chunk, int bytes) {
    var copy = chunk.alloc().ioBuffer(bytes, bytes).writeBytes(chunk);
    chunk.release();
    return copy;
  }

  private void copyBehind(ByteBuf chunk, int bytes) {
    var room = tail;
    if (room == null || !isTail(chunk(count - 1)) || room.writableBytes() < bytes) {
      room = chunk.alloc().ioBuffer(TAIL_BYTES, TAIL_BYTES);
      insert(count, room);
      tail = room;
    }
    room.writeBytes(chunk);
    chunk.release();
  }

  /// Copies `bytes` from position `start` on. The range must lie inside.
  public void getBytes(int start, int bytes, byte[] target, int offset) {
    checkRange(start, bytes);
    var skip = start;
    var left = bytes;
    for (var i = 0; left > 0; i++) {
      var chunk = chunk(i);
      var readable = chunk.readableBytes();
      if (skip < readable) {
        var part = Math.min(left, readable - skip);
        chunk.getBytes(chunk.readerIndex() + skip, target, offset + bytes - left, part);
        left -= part;
        skip = 0;
      } else {
        skip -= readable;
      }
    }
  }

  /// Puts `replacement` (copied) where `removed` bytes were from position `start` on. Both may be
  /// empty.
  public void replace(int start, int removed, byte[] replacement, int offset, int bytes) {
    replace(start, removed, Unpooled.copiedBuffer(replacement, offset, bytes));
  }

  /// As above; *takes* the replacement.
  public void replace(int start, int removed, ByteBuf replacement) {
    checkRange(start, removed);
    var from = split(start);
    var to = split(start + removed);
    for (var i = from; i < to; i++) {
      forget(chunk(i));
      chunk(i).release();
    }
    removeSlots(from, to - from);
    length -= removed;
    var bytes = replacement.readableBytes();
    if (bytes == 0) {
      replacement.release();
    } else {
      insert(from, replacement);
      length += bytes;
    }
  }

  /// Returns the first chunk, which the caller then owns, or null.
  public @Nullable ByteBuf poll() {
    if (count == 0) {
      return null;
    }
    var chunk = chunk(0);
    forget(chunk);
    chunks[first++] = null;
    count--;
    length -= chunk.readableBytes();
    if (count == 0) {
      first = 0;
    }
    return chunk;
  }

  /// As [#poll()], but at most that many bytes of the first chunk; the rest of it stays in front.
  public @Nullable ByteBuf poll(int most) {
    if (count == 0 || chunk(0).readableBytes() <= most) {
      return poll();
    }
    length -= most;
    return chunk(0).readRetainedSlice(most);
  }

  /// Hands everything to the sink. With `end`, the last chunk carries it, an empty one if nothing
  /// is held.
  public void drain(MessageSink sink, boolean end) {
    for (var chunk = poll(); chunk != null; chunk = poll()) {
      var last = count == 0;
      sink.onBody(chunk, end && last);
      if (last) {
        return;
      }
    }
    if (end) {
      sink.onBody(Unpooled.EMPTY_BUFFER, true);
    }
  }

  /// Returns an independent reader over the bytes held now; both must be closed.
  public BodyBuffer share() {
    var copy = new BodyBuffer(limit);
    for (var i = 0; i < count; i++) { // as they are: they have been copied together already
      copy.insert(i, chunk(i).retainedDuplicate());
    }
    copy.length = length;
    return copy;
  }

  /// Releases what is held. The buffer is empty and usable afterwards.
  @Override
  public void close() {
    for (var chunk = poll(); chunk != null; chunk = poll()) {
      chunk.release();
    }
  }

  private ByteBuf chunk(int index) {
    var chunk = chunks[first + index];
    if (chunk == null) {
      throw new IndexOutOfBoundsException(index);
    }
    return chunk;
  }

  /// The chunk leaves.
  private void forget(ByteBuf chunk) {
    if (isTail(chunk)) {
      tail = null;
    }
  }

  @SuppressWarnings("ReferenceEquality") // another buffer with the same bytes is not ours
  private boolean isTail(ByteBuf chunk) {
    return chunk == tail;
  }

  private void checkRange(int start, int bytes) {
    if (start < 0 || bytes < 0 || start > length - bytes) {
      throw new IndexOutOfBoundsException("[" + start + ", +" + bytes + ") of " + length);
    }
  }

  /// Makes a chunk boundary at that position; returns the index of the chunk behind it.
  private int split(int position) {
    var before = 0;
    for (var i = 0; i < count; i++) {
      if (before == position) {
        return i;
      }
      var chunk = chunk(i);
      var readable = chunk.readableBytes();
      if (position < before + readable) {
        var head = chunk.readRetainedSlice(position - before);
        insert(i, head);
        return i + 1;
      }
      before += readable;
    }
    return count;
  }

  private void insert(int index, ByteBuf chunk) {
    if (first + count == chunks.length) {
      makeRoom();
    }
    System.arraycopy(chunks, first + index, chunks, first + index + 1, count - index);
    chunks[first + index] = chunk;
    count++;
  }

  private void removeSlots(int index, int slots) {
    System.arraycopy(chunks, first + index + slots, chunks, first + index, count - index - slots);
    for (var i = count - slots; i < count; i++) {
      chunks[first + i] = null;
    }
    count -= slots;
  }

  private void makeRoom() {
    var target = first > chunks.length / 2 ? chunks : new @Nullable ByteBuf[chunks.length * 2];
    System.arraycopy(chunks, first, target, 0, count);
    for (var i = count; i < Math.min(first + count, target.length); i++) {
      target[i] = null;
    }
    chunks = target;
    first = 0;
  }
}
