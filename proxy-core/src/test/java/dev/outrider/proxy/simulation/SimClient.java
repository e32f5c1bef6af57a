package dev.outrider.proxy.simulation;

import java.util.SplittableRandom;

/// A connection of a client.
abstract class SimClient extends SimPeer {
  SimClient(SplittableRandom random) {
    super(random);
  }

  /// Whether there is nothing to wait for.
  abstract boolean answeredOrClosed();

  /// The two sides talk freely.
  boolean inTunnel() {
    return false;
  }

  /// Nothing is under way.
  void checkAtRest() {}

  /// For messages.
  abstract String unanswered();
}
