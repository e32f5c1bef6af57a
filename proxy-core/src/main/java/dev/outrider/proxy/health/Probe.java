package dev.outrider.proxy.health;

/// Asks one host, again and again. Main loop only.
public interface Probe {

  /// Takes the outcome of a check: one of the two, once, with nobody on the stack.
  interface Outcome {

    /// The host has passed.
    ///
    /// @param degraded the host is fit, and better left to those who find no other
    void onPass(boolean degraded);

    /// The host has failed.
    ///
    /// @param leftOut the host asks to be left out of every share
    /// @param retriable it counts like a failure of the network
    void onFail(FailureKind kind, boolean retriable, boolean leftOut);
  }

  /// Begins a check; the one before is over.
  void start(Outcome outcome);

  /// Gives up a check that takes too long; its outcome is not told.
  void giveUp();

  /// Nothing more will be asked.
  void close();
}
