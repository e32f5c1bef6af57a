package dev.outrider.proxy.loop;

/// The timers of one loop. Coarse: a timer never fires early, and up to some 5 ms late.
public interface Timers {
  /// A timer that is not armed. Meant to live as long as its owner (a connection, a stream that is
  /// reused) and to be armed again and again without allocation. `onFire` runs on the loop, inside
  /// a [Turn].
  Timer newTimer(Runnable onFire);
}
