package dev.outrider.proxy.outlier;

import dev.outrider.proxy.cluster.AttemptResults;
import dev.outrider.proxy.cluster.HostShared;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts the failures of one host over all loops, and tells its detector when so many in a row
/// have been seen as it asks for. Exactly then: what more comes is told only after a success, or
/// when the detector has begun to count anew.
///
/// The results come on any thread; the rest is the main loop's.
final class OutlierMonitor implements AttemptResults {
  private static final int OK = 200;
  private static final int SERVER_ERROR = 500;
  private static final int BAD_GATEWAY = 502;
  private static final int UNAVAILABLE = 503;
  private static final int GATEWAY_TIMEOUT = 504;
  private static final long NEVER = Long.MIN_VALUE;

  private final HostShared host;
  private final OutlierDetector detector;
  private final OutlierSpec spec;
  private final AtomicInteger serverErrors = new AtomicInteger();
  private final AtomicInteger gatewayFailures = new AtomicInteger();
  private final AtomicInteger localFailures = new AtomicInteger();
  private final SuccessCount external = new SuccessCount();
  private final SuccessCount local = new SuccessCount();

  // The main loop's.
  private int ejections;
  private int backoff;
  private long jitterNanos;
  private long ejectedNanos = NEVER;
  private long takenBackNanos = NEVER;

  OutlierMonitor(HostShared host, OutlierDetector detector, OutlierSpec spec) {
    this.host = host;
    this.detector = detector;
    this.spec = spec;
  }

  // ---- results

  @Override
  public void onResponse(int status) {
    var limits = spec.consecutive();
    if (status < SERVER_ERROR) {
      external.success();
      reset(serverErrors);
      reset(gatewayFailures);
      return;
    }
    external.failure();
    if (status < BAD_GATEWAY || status > GATEWAY_TIMEOUT) {
      reset(gatewayFailures);
    } else if (gatewayFailures.incrementAndGet() == limits.gatewayFailures()) {
      detector.report(this, EjectionType.CONSECUTIVE_GATEWAY_FAILURE);
    }
    if (serverErrors.incrementAndGet() == limits.serverErrors()) {
      detector.report(this, EjectionType.CONSECUTIVE_5XX);
    }
  }

  /// Without the split the response that is to come says more.
  @Override
  public void onConnected() {
    if (spec.splitLocalOrigin()) {
      localSuccess();
    }
  }

  @Override
  public void onConnectedOnly() {
    if (spec.splitLocalOrigin()) {
      localSuccess();
    } else {
      onResponse(OK);
    }
  }

  @Override
  public void onConnectFailed() {
    if (spec.splitLocalOrigin()) {
      localFailure();
    } else {
      onResponse(UNAVAILABLE);
    }
  }

  @Override
  public void onTimeout(int status) {
    if (spec.splitLocalOrigin()) {
      localFailure();
    } else {
      onResponse(status == 0 ? GATEWAY_TIMEOUT : status);
    }
  }

  private void localSuccess() {
    local.success();
    reset(localFailures);
  }

  private void localFailure() {
    local.failure();
    if (localFailures.incrementAndGet() == spec.consecutive().localOrigin()) {
      detector.report(this, EjectionType.CONSECUTIVE_LOCAL_ORIGIN_FAILURE);
    }
  }

  /// Mostly it is zero already: then no other loop's cache line is taken away.
  private static void reset(AtomicInteger count) {
    if (count.get() != 0) {
      count.set(0);
    }
  }

  // ---- for the detector, on the main loop

  HostShared host() {
    return host;
  }

  SuccessCount external() {
    return external;
  }

  SuccessCount local() {
    return local;
  }

  /// Begins to count anew what has led to a report.
  void reset(EjectionType type) {
    switch (type) {
      case CONSECUTIVE_5XX -> serverErrors.set(0);
      case CONSECUTIVE_GATEWAY_FAILURE -> gatewayFailures.set(0);
      case CONSECUTIVE_LOCAL_ORIGIN_FAILURE -> localFailures.set(0);
      case SUCCESS_RATE,
          SUCCESS_RATE_LOCAL_ORIGIN,
          FAILURE_PERCENTAGE,
          FAILURE_PERCENTAGE_LOCAL_ORIGIN -> {}
    }
  }

  /// Each ejection that follows soon takes longer, up to the longest.
  void eject(long nowNanos, long jitterMillis) {
    ejections++;
    ejectedNanos = nowNanos;
    jitterNanos = jitterMillis * 1_000_000;
    var times = spec.ejection();
    if (backoff * times.baseMillis() < times.maxMillis() + times.baseMillis()) {
      backoff++;
    }
  }

  boolean ejectionOver(long nowNanos) {
    var times = spec.ejection();
    var nanos = Math.min(times.baseMillis() * backoff, times.maxMillis()) * 1_000_000;
    return nanos + jitterNanos <= nowNanos - ejectedNanos;
  }

  void takeBack(long nowNanos) {
    takenBackNanos = nowNanos;
    serverErrors.set(0);
    gatewayFailures.set(0);
    localFailures.set(0);
  }

  /// An interval has gone by in which it was not ejected.
  void onCleanInterval(long nowNanos) {
    if (takenBackNanos != NEVER
        && nowNanos - takenBackNanos >= spec.intervalMillis() * 1_000_000
        && backoff > 0) {
      backoff--;
    }
  }

  int ejections() {
    return ejections;
  }

  /// Since it was ejected last, or taken back; negative if it never was.
  long secondsSince(boolean ejection, long nowNanos) {
    var then = ejection ? ejectedNanos : takenBackNanos;
    return then == NEVER ? -1 : (nowNanos - then) / 1_000_000_000;
  }
}
