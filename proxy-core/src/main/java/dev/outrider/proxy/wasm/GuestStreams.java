package dev.outrider.proxy.wasm;

import java.util.ArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The open streams of one plugin. On the VM's thread; adding and removing allocates nothing.
final class GuestStreams {
  private @Nullable GuestStream first;
  private int count;

  void add(GuestStream stream) {
    var old = first;
    stream.next = old;
    if (old != null) {
      old.previous = stream;
    }
    first = stream;
    count++;
  }

  void remove(GuestStream stream) {
    var before = stream.previous;
    var after = stream.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    stream.previous = null;
    stream.next = null;
    count--;
  }

  /// For how long the stream that has been held longest is held; -1 if none is.
  int heldMillis(int nowMillis) {
    int longest = -1;
    for (var stream = first; stream != null; stream = stream.next) {
      longest = Math.max(longest, stream.heldMillis(nowMillis));
    }
    return longest;
  }

  int count() {
    return count;
  }

  /// Those that are in the list now; `action` may remove some. Answers how many there were.
  int forEach(Predicate<GuestStream> which, Consumer<GuestStream> action) {
    var chosen = new ArrayList<GuestStream>();
    for (var stream = first; stream != null; stream = stream.next) {
      if (which.test(stream)) {
        chosen.add(stream);
      }
    }
    chosen.forEach(action);
    return chosen.size();
  }
}
