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

  /// Whether what comes to this point now is refused, and counted; to be asked once for each.
  public boolean sheds(LoadShedPoint point) {
    var shed = current.shed().isEmpty() ? null : current.shed().get(point);
    if (shed == null || !happens(shed.share())) {
      return false;
    }
    shed.count().inc();
    return true;
  }

  /// How much shorter timeouts are.
  public TimeoutScaling timeouts() {
    return current.timeouts();
  }

  /// A timeout that begins now; 0 = there is none.
  public long scaled(ScaledTimeout timeout, long configuredMillis) {
    return current.timeouts().millis(timeout, configuredMillis);
  }

  private boolean happens(double share) {
    return share > 0 && (share >= 1 || random.nextDouble() < share);
  }
}
