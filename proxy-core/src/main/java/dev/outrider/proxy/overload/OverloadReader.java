package dev.outrider.proxy.overload;

import java.util.random.RandomGenerator;

/// What overload forbids on one loop. Confined to it; a question costs a read while nothing is
/// forbidden.
public final class OverloadReader {
  private final RandomGenerator random;
  private OverloadState current = OverloadState.NONE;

  public OverloadReader(RandomGenerator random) {
    this.random = random;
  }

  /// Takes a newer state.
  public void take(OverloadState newer) {
    current = newer;
  }

  /// Whether the request that begins now is answered by 503; to be asked once for each.
  public boolean stopsRequest() {
    return happens(current.stopRequests());
  }

  /// Whether the response that begins now is the last of its connection; to be asked once for each.
  public boolean endsKeepAlive() {
    return happens(current.endKeepAlive());
  }

  /// Whether the connection that was accepted now is closed; to be asked once for each.
  public boolean rejectsConnection() {
    return happens(current.rejectConnections());
  }

  /// Whether clients have to wait outside.
  public boolean stopsConnections() {
    return current.stopConnections() >= 1;
  }

  private boolean happens(double share) {
    return share > 0 && (share >= 1 || random.nextDouble() < share);
  }
}
