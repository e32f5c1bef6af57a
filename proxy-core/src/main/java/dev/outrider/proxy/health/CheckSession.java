package dev.outrider.proxy.health;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.loop.Timer;
import org.jspecify.annotations.Nullable;

/// The checks of one host, and what they have found so far. Main loop only.
///
/// A host begins as unfit. Its very first check decides at once if it passes; later as many in a
/// row are needed as the configuration says.
final class CheckSession implements Probe.Outcome {
  private static final int PENDING = HealthFlag.PENDING_ACTIVE_HC.bit();

  private final HealthChecker checker;
  private Endpoint endpoint;
  private Probe probe;
  private final Timer interval;
  private final Timer timeout;
  private int flags;
  private int passes;
  private int failures;
  private boolean first = true;
  private boolean closed;

  CheckSession(HealthChecker checker, Endpoint endpoint, Probe probe, boolean leftOut) {
    this.checker = checker;
    this.endpoint = endpoint;
    this.probe = probe;
    this.interval = checker.timers().newTimer(this::onInterval);
    this.timeout = checker.timers().newTimer(this::onTimeout);
    this.flags = HealthFlag.FAILED_ACTIVE_HC.bit() | (leftOut ? PENDING : 0);
  }

  void start() {
    if (checker.spec().intervals().initialJitter() == 0) {
      onInterval();
    } else {
      interval.arm(checker.spec().intervals().first(checker.random()));
    }
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /// Whether its probe reaches the host as it is now.
  boolean reaches(Endpoint known) {
    return known.access().equals(endpoint.access()) && known.hostname().equals(endpoint.hostname());
  }

  /// The same host is asked by another probe from now on. A check that is under way begins again,
  /// within the time that it has left.
  void reach(Endpoint known, Probe next) {
    probe.close();
    endpoint = known;
    probe = next;
    if (timeout.armed()) {
      probe.start(this);
    }
  }

  /// What it says against the host, as a set of [HealthFlag].
  int flags() {
    return flags;
  }

  /// Whether no check has ended yet.
  boolean unchecked() {
    return first;
  }

  void close() {
    closed = true;
    interval.cancel();
    timeout.cancel();
    probe.close();
    if (!is(HealthFlag.FAILED_ACTIVE_HC)) {
      checker.count(HealthCheckStats.HEALTHY, -1);
    }
    if (is(HealthFlag.DEGRADED_ACTIVE_HC)) {
      checker.count(HealthCheckStats.DEGRADED, -1);
    }
  }

  /// Somebody's request was answered with the wish to be left out.
  void failNow() {
    set(HealthFlag.EXCLUDED_VIA_IMMEDIATE_HC_FAIL, true);
    fail(FailureKind.PASSIVE, false);
  }

  private void onInterval() {
    timeout.arm(checker.spec().timeoutMillis());
    checker.count(HealthCheckStats.ATTEMPT, 1);
    probe.start(this);
  }

  private void onTimeout() {
    probe.giveUp();
    onFail(FailureKind.NETWORK_TIMEOUT, false, false);
  }

  @Override
  public void onPass(boolean degraded) {
    if (closed) {
      return;
    }
    failures = 0;
    var before = flags;
    var pending = false;
    var told = false;
    if (is(HealthFlag.FAILED_ACTIVE_HC)) {
      endpoint.shared().servesAgain(checker.nowNanos());
      if (first || ++passes == checker.spec().healthyThreshold()) {
        set(HealthFlag.ACTIVE_HC_TIMEOUT, false);
        set(HealthFlag.EXCLUDED_VIA_IMMEDIATE_HC_FAIL, false);
        set(HealthFlag.FAILED_ACTIVE_HC, false);
        checker.count(HealthCheckStats.HEALTHY, 1);
        log(CheckEvent.Kind.ADD, null);
        told = true;
      } else {
        pending = true;
      }
    }
    pending &= !is(HealthFlag.PENDING_ACTIVE_HC);
    set(HealthFlag.PENDING_ACTIVE_HC, false);
    if (degraded != is(HealthFlag.DEGRADED_ACTIVE_HC)) {
      set(HealthFlag.DEGRADED_ACTIVE_HC, degraded);
      checker.count(HealthCheckStats.DEGRADED, degraded ? 1 : -1);
      log(degraded ? CheckEvent.Kind.DEGRADED : CheckEvent.Kind.NO_LONGER_DEGRADED, null);
      told = true;
    }
    if (!told && checker.spec().log().everySuccess()) {
      log(CheckEvent.Kind.SUCCESS, null);
    }
    checker.count(HealthCheckStats.SUCCESS, 1);
    tell(true, before != flags);
    checkAgain(true, pending);
  }

  @Override
  public void onFail(FailureKind kind, boolean retriable, boolean leftOut) {
    if (closed) {
      return;
    }
    if (leftOut) {
      set(HealthFlag.EXCLUDED_VIA_IMMEDIATE_HC_FAIL, true);
    }
    checkAgain(false, fail(kind, retriable));
  }

  /// Answers whether more failures are needed.
  private boolean fail(FailureKind kind, boolean retriable) {
    passes = 0;
    var changed = false;
    var pending = false;
    if (!is(HealthFlag.FAILED_ACTIVE_HC)) {
      if (!(kind.network() || retriable) || ++failures == checker.spec().unhealthyThreshold()) {
        set(HealthFlag.FAILED_ACTIVE_HC, true);
        checker.count(HealthCheckStats.HEALTHY, -1);
        log(CheckEvent.Kind.EJECT, kind);
        changed = true;
      } else {
        pending = true;
      }
    }
    set(
        HealthFlag.ACTIVE_HC_TIMEOUT,
        kind == FailureKind.NETWORK_TIMEOUT && is(HealthFlag.FAILED_ACTIVE_HC));
    if (is(HealthFlag.PENDING_ACTIVE_HC)) {
      set(HealthFlag.PENDING_ACTIVE_HC, false);
      changed = true;
      pending = false;
    }
    if (first || checker.spec().log().everyFailure()) {
      log(CheckEvent.Kind.FAILURE, kind);
    }
    checker.count(HealthCheckStats.FAILURE, 1);
    if (kind.network()) {
      checker.count(HealthCheckStats.NETWORK_FAILURE, 1);
    } else if (kind == FailureKind.PASSIVE) {
      checker.count(HealthCheckStats.PASSIVE_FAILURE, 1);
    }
    tell(false, changed);
    return pending;
  }

  private void log(CheckEvent.Kind kind, @Nullable FailureKind failure) {
    checker.tell(kind, endpoint, failure, first);
  }

  private void tell(boolean passed, boolean changed) {
    if (first) {
      first = false;
      checker.onFirstChecked();
    }
    checker.onChecked(this, passed, changed);
  }

  private void checkAgain(boolean passed, boolean pending) {
    if (closed) { // by what has come of it
      return;
    }
    timeout.cancel();
    interval.arm(
        checker.spec().intervals().next(passed, pending, checker.traffic(), checker.random()));
  }

  private boolean is(HealthFlag flag) {
    return flag.in(flags);
  }

  private void set(HealthFlag flag, boolean on) {
    flags = on ? flags | flag.bit() : flags & ~flag.bit();
  }
}
