package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What all loops know together about one address of one cluster. Survives updates as long as the
/// address stays.
///
/// Atomics, any thread; [#cells] only on the loop asked for.
public final class HostShared {
  private static final VarHandle ACTIVE;
  private static final VarHandle STATS;

  static {
    try {
      var lookup = MethodHandles.lookup();
      ACTIVE = lookup.findVarHandle(HostShared.class, "activeRequests", int.class);
      STATS = lookup.findVarHandle(HostShared.class, "stats", StatOwner.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String clusterName;
  private final HostPort address;
  private final int loops;

  // Made at the first count: most endpoints of a big configuration see no traffic.
  private volatile @Nullable StatOwner stats;

  // Written through its VarHandle, by any loop.
  private volatile int activeRequests;

  // Written by the main loop, read by any.
  private volatile int healthFlags;
  private volatile AttemptResults results = AttemptResults.IGNORED;
  private volatile @Nullable Runnable whenAskedToFail;

  // Written once by the loop that first uses it, and by the main loop; a race of two loops is about
  // a moment.
  private volatile long servesSinceNanos;
  private volatile boolean serves;

  HostShared(String clusterName, HostPort address, int loops) {
    this.clusterName = clusterName;
    this.address = address;
    this.loops = loops;
  }

  /// Whose it is, whichever cluster it was found by.
  public String clusterName() {
    return clusterName;
  }

  public HostPort address() {
    return address;
  }

  /// One of [EndpointStats] over all loops.
  public long stat(int stat) {
    var counted = stats;
    return counted == null ? 0 : counted.value(stat);
  }

  public StatCells cells(int loopIndex) {
    var counted = stats;
    if (counted == null) {
      STATS.compareAndSet(this, null, StatOwner.unlisted(EndpointStats.TEMPLATE, loops));
      counted = Objects.requireNonNull(stats);
    }
    return counted.cells(loopIndex);
  }

  /// Requests in flight over all loops.
  public int activeRequests() {
    return activeRequests;
  }

  /// One more request in flight; each is ended once by [#requestEnded].
  public void requestStarted() {
    ACTIVE.getAndAdd(this, 1);
  }

  public void requestEnded() {
    var before = (int) ACTIVE.getAndAdd(this, -1);
    if (before <= 0) {
      throw new IllegalStateException("more requests ended at " + address + " than were started");
    }
  }

  /// Begins the time of its slow start, unless that has begun. Any loop.
  public void servesSince(long nowNanos) {
    if (!serves) {
      servesSinceNanos = nowNanos;
      serves = true;
    }
  }

  /// Begins the time of its slow start anew: it was not healthy, and passes its checks. Main loop
  /// only.
  public void servesAgain(long nowNanos) {
    servesSinceNanos = nowNanos;
    serves = true;
  }

  /// Whether [#servesSinceNanos] says anything.
  public boolean serves() {
    return serves;
  }

  /// Since when it has been healthy, as far as slow start is concerned; of the loop's clock.
  public long servesSinceNanos() {
    return servesSinceNanos;
  }

  /// To be told how each attempt at the host went.
  public AttemptResults results() {
    return results;
  }

  /// Main loop only.
  public void results(AttemptResults told) {
    results = told;
  }

  /// Whether it matters if the host asks, by `x-envoy-immediate-health-check-fail` in an answer, to
  /// be given nothing more. Any thread.
  public boolean mayAskToFail() {
    return whenAskedToFail != null;
  }

  /// It has asked so. Any thread.
  public void askedToFail() {
    var action = whenAskedToFail;
    if (action != null) {
      action.run();
    }
  }

  /// Main loop only.
  ///
  /// @param action run on any thread; null = it is not asked for
  public void whenAskedToFail(@Nullable Runnable action) {
    whenAskedToFail = action;
  }

  /// What our own checks say against it, as a set of [HealthFlag]; 0 = nothing.
  public int healthFlags() {
    return healthFlags;
  }

  /// Whether our own checks have it unfit.
  public boolean failed() {
    return HealthFlag.FAILED_ACTIVE_HC.in(healthFlags)
        || HealthFlag.FAILED_OUTLIER_CHECK.in(healthFlags);
  }

  /// Main loop only.
  public void mark(HealthFlag flag) {
    replaceFlags(flag.bit(), flag.bit());
  }

  /// Main loop only.
  public void unmark(HealthFlag flag) {
    replaceFlags(flag.bit(), 0);
  }

  /// Has the flags of `mask` be as in `flags`, at once. Main loop only.
  public void replaceFlags(int mask, int flags) {
    var others = healthFlags & ~mask;
    healthFlags = others | (flags & mask);
  }
}
