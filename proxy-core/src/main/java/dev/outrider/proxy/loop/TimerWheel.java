package dev.outrider.proxy.loop;

import org.jspecify.annotations.Nullable;

/// [Timers] as a hierarchical wheel of intrusive nodes. Owned by one loop.
///
/// Five levels of 64 slots; a slot of level n spans 64^n ticks of 4.2 ms, so that one bit set per
/// level finds the next slot to visit and nothing ticks while no slot is due. Arming for later only
/// stores the new deadline: the node is moved when its slot is visited. Cancelling takes the node
/// out at once: left until its slot is visited, an idle timeout of an hour would hold a connection
/// that has ended, and all that it refers to, for that hour.
public final class TimerWheel implements Timers {
  /// Asks whoever runs the loop to call [#advance].
  @FunctionalInterface
  public interface Waker {
    /// `delayNanos` from now, at the latest. An additional, earlier call of `advance` does no harm.
    void wakeIn(long delayNanos);
  }

  private static final int TICK_SHIFT = 22;
  private static final int LEVELS = 5;
  private static final int SLOT_BITS = 6;
  private static final int SLOTS = 1 << SLOT_BITS;
  private static final long NEVER = Long.MAX_VALUE;
  private static final long LONGEST_TICKS = (1L << (SLOT_BITS * LEVELS)) - 1;
  private static final long LONGEST_MILLIS = (LONGEST_TICKS << TICK_SHIFT) / 1_000_000;

  private final Clock clock;
  private final Waker waker;
  private final long origin;
  private final @Nullable Node[] heads = new @Nullable Node[LEVELS * SLOTS];
  private final long[] occupied = new long[LEVELS];
  private long current;
  private long scheduled = NEVER;
  private int linked;

  public TimerWheel(Clock clock, Waker waker) {
    this.clock = clock;
    this.waker = waker;
    this.origin = clock.nanoTime();
  }

  @Override
  public Timer newTimer(Runnable onFire) {
    return new Node(onFire);
  }

  /// Fires what is due and asks for the next wake-up.
  public void advance() {
    scheduled = NEVER;
    var target = (clock.nanoTime() - origin) >> TICK_SHIFT;
    var next = nextVisit();
    while (next <= target) {
      current = next;
      visit();
      next = nextVisit();
    }
    current = Math.max(current, target);
    wakeAt(next);
  }

  private void visit() {
    for (var level = LEVELS - 1; level >= 0; level--) {
      var shift = level * SLOT_BITS;
      if ((current & ((1L << shift) - 1)) == 0) {
        visitSlot(level, (int) (current >> shift) & (SLOTS - 1));
      }
    }
  }

  private void visitSlot(int level, int slot) {
    var index = level * SLOTS + slot;
    for (var node = heads[index]; node != null; node = heads[index]) {
      unlink(node);
      if (node.deadline > current) {
        link(node);
      } else {
        node.deadline = NEVER;
        node.onFire.run();
      }
    }
  }

  private long nextVisit() {
    var next = NEVER;
    for (var level = 0; level < LEVELS; level++) {
      if (occupied[level] != 0) {
        var position = current >> (level * SLOT_BITS);
        var ahead = Long.rotateRight(occupied[level], (int) (position + 1) & (SLOTS - 1));
        var visit = (position + 1 + Long.numberOfTrailingZeros(ahead)) << (level * SLOT_BITS);
        next = Math.min(next, visit);
      }
    }
    return next;
  }

  private void arm(Node node, long delayMillis) {
    var now = clock.nanoTime() - origin;
    if (linked == 0) {
      current = Math.max(current, now >> TICK_SHIFT);
    }
    var delay = Math.clamp(delayMillis, 0, LONGEST_MILLIS) * 1_000_000; // or it would overflow
    var due = (now + delay + (1L << TICK_SHIFT) - 1) >> TICK_SHIFT;
    node.deadline = Math.clamp(due, current + 1, current + LONGEST_TICKS);
    if (node.slot < 0) {
      link(node);
    } else if (node.deadline < node.visit) {
      unlink(node);
      link(node);
    }
  }

  private void link(Node node) {
    var ahead = node.deadline - current;
    var level = (63 - Long.numberOfLeadingZeros(ahead)) / SLOT_BITS;
    var shift = level * SLOT_BITS;
    var slot = (int) (node.deadline >> shift) & (SLOTS - 1);
    node.visit = node.deadline >> shift << shift;
    node.slot = level * SLOTS + slot;
    node.next = heads[node.slot];
    if (node.next != null) {
      node.next.previous = node;
    }
    heads[node.slot] = node;
    occupied[level] |= 1L << slot;
    linked++;
    wakeAt(node.visit);
  }

  private void unlink(Node node) {
    if (node.previous != null) {
      node.previous.next = node.next;
    } else {
      heads[node.slot] = node.next;
      if (node.next == null) {
        occupied[node.slot / SLOTS] &= ~(1L << (node.slot % SLOTS));
      }
    }
    if (node.next != null) {
      node.next.previous = node.previous;
    }
    node.previous = null;
    node.next = null;
    node.slot = -1;
    linked--;
  }

  private void wakeAt(long tick) {
    if (tick < scheduled) {
      scheduled = tick;
      waker.wakeIn(Math.max(0, (tick << TICK_SHIFT) - (clock.nanoTime() - origin)));
    }
  }

  private final class Node implements Timer {
    private final Runnable onFire;
    private @Nullable Node previous;
    private @Nullable Node next;
    private long deadline = NEVER;
    private long visit;
    private int slot = -1;

    Node(Runnable onFire) {
      this.onFire = onFire;
    }

    @Override
    public void arm(long delayMillis) {
      TimerWheel.this.arm(this, delayMillis);
    }

    @Override
    public void cancel() {
      deadline = NEVER;
      if (slot >= 0) {
        unlink(this);
      }
    }

    @Override
    public boolean armed() {
      return deadline != NEVER;
    }

    @Override
    public void shift(long millis) {
      if (armed()) {
        arm(((deadline << TICK_SHIFT) - (clock.nanoTime() - origin)) / 1_000_000 + millis);
      }
    }
  }
}
