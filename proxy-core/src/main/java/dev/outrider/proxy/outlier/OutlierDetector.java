package dev.outrider.proxy.outlier;

import dev.outrider.proxy.cluster.AttemptResults;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import dev.outrider.proxy.outlier.OutlierEvents.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Ejects outliers among the hosts of one version of a cluster, and takes them back. Main loop
/// only, but for [#report].
public final class OutlierDetector implements AutoCloseable {

  /// What a detector is made from.
  ///
  /// @param stats gives the leases of the cluster's statistics
  /// @param onChange told that other hosts are fit than before
  public record Setting(
      String cluster,
      OutlierSpec spec,
      Loop loop,
      RandomGenerator random,
      Function<StatTemplate, StatOwner> stats,
      OutlierEvents events,
      Runnable onChange) {}

  private final Setting setting;
  private final OutlierSpec spec;
  private final StatOwner stats;
  private final Timer sweep;
  private final Map<HostShared, OutlierMonitor> monitors = new LinkedHashMap<>();
  private SuccessRates external = SuccessRates.NONE;
  private SuccessRates local = SuccessRates.NONE;
  private int ejected;
  private boolean changed;

  public OutlierDetector(Setting setting) {
    this.setting = setting;
    this.spec = setting.spec();
    this.stats = setting.stats().apply(OutlierStats.TEMPLATE);
    this.sweep = setting.loop().timers().newTimer(this::onInterval);
    sweep.arm(spec.intervalMillis());
  }

  /// The cluster consists of these hosts now.
  public void watch(EndpointSet endpoints) {
    var gone = new LinkedHashMap<>(monitors);
    for (var endpoint : endpoints.endpoints()) {
      if (gone.remove(endpoint.shared()) == null) {
        add(endpoint);
      }
    }
    gone.keySet().forEach(this::remove);
  }

  private void add(Endpoint endpoint) {
    var monitor = new OutlierMonitor(endpoint.shared(), this, spec);
    if (monitors.putIfAbsent(endpoint.shared(), monitor) == null) {
      endpoint.shared().results(monitor);
    }
  }

  private void remove(HostShared host) {
    monitors.remove(host);
    host.results(AttemptResults.IGNORED);
    if (isEjected(host)) {
      host.unmark(HealthFlag.FAILED_OUTLIER_CHECK);
      countEjected(-1);
    }
  }

  /// Ends the watch: no host counts as ejected any more.
  @Override
  public void close() {
    sweep.cancel();
    List.copyOf(monitors.keySet()).forEach(this::remove);
    stats.release();
  }

  /// The host has passed an active check.
  public void onActivePass(HostShared host) {
    var monitor = monitors.get(host);
    if (monitor != null && spec.ejection().endsWithActivePass() && isEjected(host)) {
      takeBack(monitor);
      tellChange();
    }
  }

  public SuccessRates external() {
    return external;
  }

  public SuccessRates local() {
    return local;
  }

  /// The host's success rate in the last interval, as `/clusters` shows it.
  public double successPercent(HostShared host, boolean localOrigin) {
    var monitor = monitors.get(host);
    if (monitor == null) {
      return -1;
    }
    return (localOrigin ? monitor.local() : monitor.external()).shown();
  }

  // ---- failures in a row

  /// Any thread.
  void report(OutlierMonitor monitor, EjectionType type) {
    setting.loop().execute(() -> onConsecutive(monitor, type));
  }

  private void onConsecutive(OutlierMonitor monitor, EjectionType type) {
    if (monitors.get(monitor.host()) != monitor || isEjected(monitor.host())) {
      return;
    }
    stats.add(OutlierStats.detected(type), 1);
    eject(monitor, type);
    if (type == EjectionType.CONSECUTIVE_5XX) {
      stats.add(OutlierStats.EJECTIONS_CONSECUTIVE_5XX, 1);
    }
    monitor.reset(type);
    tellChange();
  }

  // ---- the sweep

  private void onInterval() {
    var now = now();
    for (var monitor : monitors.values()) {
      if (isEjected(monitor.host()) && monitor.ejectionOver(now)) {
        takeBack(monitor);
      }
      monitor.external().nextInterval();
      monitor.local().nextInterval();
    }
    external = judge(false);
    local = judge(true);
    for (var monitor : monitors.values()) {
      if (!isEjected(monitor.host())) {
        monitor.onCleanInterval(now);
      }
    }
    sweep.arm(spec.intervalMillis());
    tellChange();
  }

  /// Ejects by success rate, then by failure percentage; a host that both find is ejected once.
  private SuccessRates judge(boolean localOrigin) {
    var byRate = spec.successRate();
    var byFailures = spec.failurePercentage();
    if (monitors.size() < byRate.minimumHosts() && monitors.size() < byFailures.minimumHosts()) {
      return SuccessRates.NONE;
    }
    var rated = new ArrayList<OutlierMonitor>();
    var measured = new ArrayList<OutlierMonitor>();
    for (var monitor : monitors.values()) {
      var count = localOrigin ? monitor.local() : monitor.external();
      if (isEjected(monitor.host()) || count.volume() == 0) {
        continue;
      }
      if (count.volume() >= Math.min(byRate.requestVolume(), byFailures.requestVolume())) {
        count.show();
      }
      if (count.volume() >= byRate.requestVolume()) {
        rated.add(monitor);
      }
      if (count.volume() >= byFailures.requestVolume()) {
        measured.add(monitor);
      }
    }
    var rates = SuccessRates.NONE;
    if (!rated.isEmpty() && rated.size() >= byRate.minimumHosts()) {
      rates = judgeRates(rated, localOrigin);
    }
    if (!measured.isEmpty() && measured.size() >= byFailures.minimumHosts()) {
      judgeFailures(measured, localOrigin);
    }
    return rates;
  }

  private SuccessRates judgeRates(List<OutlierMonitor> rated, boolean localOrigin) {
    var percents = rated.stream().map(monitor -> percent(monitor, localOrigin)).toList();
    var rates = SuccessRates.of(percents, spec.successRate().stdevFactor() / 1000.0);
    if (localOrigin) {
      local = rates;
    } else {
      external = rates;
    }
    for (var monitor : rated) {
      if (percent(monitor, localOrigin) < rates.threshold()) {
        stats.add(OutlierStats.EJECTIONS_SUCCESS_RATE, 1);
        found(
            monitor,
            localOrigin ? EjectionType.SUCCESS_RATE_LOCAL_ORIGIN : EjectionType.SUCCESS_RATE);
      }
    }
    return rates;
  }

  private void judgeFailures(List<OutlierMonitor> measured, boolean localOrigin) {
    for (var monitor : measured) {
      if (100 - percent(monitor, localOrigin) >= spec.failurePercentage().threshold()) {
        found(
            monitor,
            localOrigin
                ? EjectionType.FAILURE_PERCENTAGE_LOCAL_ORIGIN
                : EjectionType.FAILURE_PERCENTAGE);
      }
    }
  }

  private static double percent(OutlierMonitor monitor, boolean localOrigin) {
    return (localOrigin ? monitor.local() : monitor.external()).percent();
  }

  private void found(OutlierMonitor monitor, EjectionType type) {
    stats.add(OutlierStats.detected(type), 1);
    if (!isEjected(monitor.host())) {
      eject(monitor, type);
    }
  }

  // ---- ejections

  private void eject(OutlierMonitor monitor, EjectionType type) {
    var limits = spec.ejection();
    var share = 100.0 * (ejected + 1) / monitors.size();
    if (share > limits.maxPercent() && !(limits.alwaysOne() && ejected == 0)) {
      stats.add(OutlierStats.EJECTIONS_OVERFLOW, 1);
      return;
    }
    if (type == EjectionType.CONSECUTIVE_5XX || type == EjectionType.SUCCESS_RATE) {
      stats.add(OutlierStats.EJECTIONS_TOTAL, 1);
    }
    var enforced = setting.random().nextInt(100) < spec.enforcingPercent().getOrDefault(type, 0);
    if (enforced) {
      stats.add(OutlierStats.EJECTIONS_ENFORCED_TOTAL, 1);
      stats.add(OutlierStats.enforced(type), 1);
      monitor.host().mark(HealthFlag.FAILED_OUTLIER_CHECK);
      monitor.eject(now(), setting.random().nextLong(limits.jitterMillis() + 1));
      countEjected(1);
      changed = true;
    }
    tell(monitor, type, true, enforced);
  }

  private void takeBack(OutlierMonitor monitor) {
    countEjected(-1);
    monitor.host().unmark(HealthFlag.FAILED_OUTLIER_CHECK);
    monitor.takeBack(now());
    changed = true;
    tell(monitor, EjectionType.CONSECUTIVE_5XX, false, false);
  }

  private void countEjected(int more) {
    ejected += more;
    stats.add(OutlierStats.EJECTIONS_ACTIVE, more);
  }

  private void tell(OutlierMonitor monitor, EjectionType type, boolean ejects, boolean enforced) {
    var localOrigin =
        type == EjectionType.SUCCESS_RATE_LOCAL_ORIGIN
            || type == EjectionType.FAILURE_PERCENTAGE_LOCAL_ORIGIN;
    setting
        .events()
        .onEvent(
            new Event(
                type,
                ejects,
                setting.cluster(),
                monitor.host().address(),
                monitor.secondsSince(!ejects, now()),
                monitor.ejections(),
                enforced,
                (localOrigin ? monitor.local() : monitor.external()).shown(),
                localOrigin ? local : external));
  }

  private void tellChange() {
    if (changed) {
      changed = false;
      setting.onChange().run();
    }
  }

  private static boolean isEjected(HostShared host) {
    return HealthFlag.FAILED_OUTLIER_CHECK.in(host.healthFlags());
  }

  private long now() {
    return setting.loop().clock().nanoTime();
  }
}
