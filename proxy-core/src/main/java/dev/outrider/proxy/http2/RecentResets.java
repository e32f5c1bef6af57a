package dev.outrider.proxy.http2;

import org.jspecify.annotations.Nullable;

/// The ids of streams that we ended before the peer had: what is still under way on them is no
/// error of the peer (RFC 9113 5.1). Remembers the last hundred.
final class RecentResets {
  private static final int REMEMBERED = 128;

  private int @Nullable [] ids;
  private int next;

  void add(int id) {
    var ring = ids;
    if (ring == null) {
      ring = new int[REMEMBERED];
      ids = ring;
    }
    ring[next++ % REMEMBERED] = id;
  }

  boolean contains(int id) {
    var ring = ids;
    if (ring == null) {
      return false;
    }
    for (var remembered : ring) {
      if (remembered == id) {
        return true;
      }
    }
    return false;
  }
}
