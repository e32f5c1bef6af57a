package dev.outrider.proxy.stream;

import java.util.Arrays;

/// When things happened in one exchange. Nanoseconds of the loop's clock; one thread; recycled with
/// its stream.
public final class StreamTimes {
  private static final long UNSET = Long.MIN_VALUE;

  private final long[] at = new long[TimePoint.values().length];
  private long startEpochMicros;
  private long startNanos;
  private long endNanos;
  private long latestNanos;

  StreamTimes() {
    reset();
  }

  void reset() {
    Arrays.fill(at, UNSET);
    startEpochMicros = 0;
    startNanos = 0;
    endNanos = UNSET;
    latestNanos = UNSET;
  }

  /// The first byte of the request, or the acceptance of the connection.
  public void started(long epochMicros, long nanos) {
    startEpochMicros = epochMicros;
    startNanos = nanos;
  }

  public long startEpochMicros() {
    return startEpochMicros;
  }

  public long startNanos() {
    return startNanos;
  }

  /// The stream is over.
  public void ended(long nanos) {
    endNanos = nanos;
  }

  public boolean hasEnded() {
    return endNanos != UNSET;
  }

  /// From start to end; -1 while it lives.
  public long durationNanos() {
    return hasEnded() ? endNanos - startNanos : -1;
  }

  /// It lives, and something that may ask for [#elapsedNanos] is about to be made.
  public void latest(long nanos) {
    latestNanos = nanos;
  }

  /// From start to end, or so far: `%DURATION%`. -1 if nobody has said how late it is.
  public long elapsedNanos() {
    return hasEnded() || latestNanos == UNSET ? durationNanos() : latestNanos - startNanos;
  }

  /// Overwrites what an earlier attempt left.
  public void mark(TimePoint point, long nanos) {
    at[index(point)] = nanos;
  }

  public boolean has(TimePoint point) {
    return at[index(point)] != UNSET;
  }

  /// The clock's value at that point; only if [#has].
  public long nanos(TimePoint point) {
    return at[index(point)];
  }

  /// From the start to that point; -1 if it was not reached.
  public long nanosSinceStart(TimePoint point) {
    return has(point) ? nanos(point) - startNanos : -1;
  }

  /// Forgets the points of an attempt that is about to be repeated.
  public void forgetUpstream() {
    Arrays.fill(
        at, index(TimePoint.UPSTREAM_CONNECT_BEGIN), index(TimePoint.UPSTREAM_RX_END) + 1, UNSET);
  }

  private static int index(TimePoint point) {
    return switch (point) {
      case DOWNSTREAM_RX_END -> 0;
      case UPSTREAM_CONNECT_BEGIN -> 1;
      case UPSTREAM_CONNECT_END -> 2;
      case UPSTREAM_TX_BEGIN -> 3;
      case UPSTREAM_TX_END -> 4;
      case UPSTREAM_RX_BEGIN -> 5;
      case UPSTREAM_RX_END -> 6;
      case DOWNSTREAM_TX_BEGIN -> 7;
      case DOWNSTREAM_TX_END -> 8;
    };
  }
}
