package dev.outrider.proxy.loop;

/// Takes signals that were posted to a [Turn]. Reused objects change their generation with each
/// life, so that a signal meant for an earlier life finds nobody.
public interface SignalTarget {
  int generation();

  /// Called with nobody on the stack. `signal` is what the poster gave; its meaning is the
  /// target's.
  void onSignal(int signal);

  /// A bug: [#onSignal] threw. The target ends what it was doing.
  void onBug(Throwable bug);
}
