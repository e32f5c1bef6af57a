package dev.outrider.proxy.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Free lists of one loop: heads and the arrays behind them. A request in steady state allocates
/// neither.
///
/// With `paranoid` set, a released head is never handed out again and its bytes are overwritten, so
/// that using it fails at once; assertions being enabled is the default for that, which is how the
/// tests run.
public final class HeadStores {
  private static final int[] BYTES = {1 << 10, 4 << 10, 16 << 10, 64 << 10, 128 << 10};
  private static final int[] LINES = {40, 80, 128, 256, 512};
  private static final int[] KEPT = {4096, 512, 64, 16, 8};
  private static final int LARGEST_SCRATCH = 128 << 10;

  private final boolean paranoid;
  private final ArrayDeque<HeaderMap> maps = new ArrayDeque<>();
  private final List<ArrayDeque<HeadStore>> stores = new ArrayList<>();
  private int outstanding;
  private byte[] scratch = {};

  public HeadStores() {
    this(HeadStores.class.desiredAssertionStatus());
  }

  public HeadStores(boolean paranoid) {
    this.paranoid = paranoid;
    for (var _ : BYTES) {
      stores.add(new ArrayDeque<>());
    }
  }

  /// Returns an empty head that the caller owns.
  public HeaderMap take(HeadKind kind) {
    outstanding++;
    var map = maps.pollFirst();
    if (map == null) {
      map = new HeaderMap(this);
    }
    map.start(kind, store(1, 1));
    return map;
  }

  /// Heads taken and not released yet: zero when nothing is in flight.
  public int outstanding() {
    return outstanding;
  }

  /// Borrowed for the length of one call by whoever runs on the loop; the contents mean nothing. At
  /// least `bytes` long.
  public byte[] scratch(int bytes) {
    if (bytes > LARGEST_SCRATCH) {
      return new byte[bytes];
    }
    if (bytes > scratch.length) {
      scratch = new byte[Math.max(Integer.highestOneBit(bytes - 1) << 1, BYTES[0])];
    }
    return scratch;
  }

  HeadStore store(int bytes, int lines) {
    var sizeClass = 0;
    while (sizeClass < BYTES.length && (BYTES[sizeClass] < bytes || LINES[sizeClass] < lines)) {
      sizeClass++;
    }
    if (sizeClass == BYTES.length) {
      return new HeadStore(
          new byte[bytes + bytes / 2], new int[(lines + lines / 2) * HeadLines.STRIDE], -1);
    }
    var kept = stores.get(sizeClass).pollFirst();
    return kept != null
        ? kept
        : new HeadStore(
            new byte[BYTES[sizeClass]], new int[LINES[sizeClass] * HeadLines.STRIDE], sizeClass);
  }

  void giveBack(HeadStore store) {
    if (paranoid) {
      Arrays.fill(store.bytes(), (byte) 0xDD);
      Arrays.fill(store.lines(), Integer.MIN_VALUE);
    }
    if (store.sizeClass() >= 0 && stores.get(store.sizeClass()).size() < KEPT[store.sizeClass()]) {
      stores.get(store.sizeClass()).addFirst(store);
    }
  }

  void giveBack(HeaderMap map) {
    outstanding--;
    if (!paranoid && maps.size() < KEPT[0]) {
      maps.addFirst(map);
    }
  }
}
