package dev.outrider.proxy.http2;

import org.jspecify.annotations.Nullable;

/// The streams of one connection that are not over, by id. Open addressing; adding and removing
/// allocate only to grow.
final class StreamMap {
  private static final int SMALLEST = 8;

  private @Nullable Http2Stream[] slots = new @Nullable Http2Stream[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  @Nullable Http2Stream find(int id) {
    for (var slot = home(id); ; slot = next(slot)) {
      var stream = slots[slot];
      if (stream == null || stream.id() == id) {
        return stream;
      }
    }
  }

  /// The id must not be there yet.
  void add(Http2Stream stream) {
    if (size * 2 >= slots.length) {
      grow();
    }
    place(stream);
    size++;
  }

  void remove(int id) {
    var slot = home(id);
    for (var stream = slots[slot]; stream != null; stream = slots[slot]) {
      if (stream.id() == id) {
        slots[slot] = null;
        size--;
        closeGap(slot);
        return;
      }
      slot = next(slot);
    }
  }

  /// A copy in no particular order, for what ends many of them. Allocates.
  Http2Stream[] all() {
    var all = new Http2Stream[size];
    var at = 0;
    for (var stream : slots) {
      if (stream != null) {
        all[at++] = stream;
      }
    }
    return all;
  }

  private void place(Http2Stream stream) {
    var slot = home(stream.id());
    while (slots[slot] != null) {
      slot = next(slot);
    }
    slots[slot] = stream;
  }

  /// Moves up what was pushed behind the slot that is now free.
  private void closeGap(int gap) {
    var free = gap;
    for (var slot = next(gap); ; slot = next(slot)) {
      var stream = slots[slot];
      if (stream == null) {
        return;
      }
      var distance = slot - home(stream.id()) & slots.length - 1;
      if (distance >= (slot - free & slots.length - 1)) {
        slots[free] = stream;
        slots[slot] = null;
        free = slot;
      }
    }
  }

  private void grow() {
    var old = slots;
    slots = new @Nullable Http2Stream[old.length * 2];
    for (var stream : old) {
      if (stream != null) {
        place(stream);
      }
    }
  }

  /// Ids of one side differ by two.
  private int home(int id) {
    return id >> 1 & slots.length - 1;
  }

  private int next(int slot) {
    return slot + 1 & slots.length - 1;
  }
}
