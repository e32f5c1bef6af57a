package dev.outrider.proxy.health;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Checks the hosts of one version of a cluster. While that version warms, what is found stays
/// here; from [#publish] on it is written to the hosts, which another version may use until then.
/// Main loop only, but for what hosts are given to fail at once.
final class HealthChecker {
  private static final int FLAGS =
      HealthFlag.FAILED_ACTIVE_HC.bit()
          | HealthFlag.DEGRADED_ACTIVE_HC.bit()
          | HealthFlag.PENDING_ACTIVE_HC.bit()
          | HealthFlag.EXCLUDED_VIA_IMMEDIATE_HC_FAIL.bit()
          | HealthFlag.ACTIVE_HC_TIMEOUT.bit();

  /// Told what comes of checks.
  interface Listener {
    /// A host has passed.
    void onPass(HostShared host);

    /// What is said against a published host is something else than before.
    void onChange();

    /// Every host has been checked once.
    void onFirstRound();
  }

  private final Cluster cluster;
  private final HealthCheckSpec spec;
  private final Fitness.Spec home;
  private final Listener listener;
  private final StatOwner stats;
  private final CheckEvents events;
  private final Map<HostShared, CheckSession> sessions = new LinkedHashMap<>();
  private int unchecked;
  private boolean published;

  HealthChecker(Cluster cluster, HealthCheckSpec spec, Fitness.Spec home, Listener listener) {
    this.cluster = cluster;
    this.spec = spec;
    this.home = home;
    this.listener = listener;
    this.stats =
        home.metrics()
            .owner(HealthCheckStats.TEMPLATE, "cluster." + cluster.statName() + ".health_check");
    this.events =
        spec.log().paths().isEmpty()
            ? CheckEvents.IGNORED
            : home.checkEvents().open(spec.log().paths());
  }

  /// The cluster consists of these hosts now; those that are new are checked at once. Those that
  /// are reached in another way than before keep what was found.
  void watch(EndpointSet endpoints) {
    var gone = new LinkedHashMap<>(sessions);
    for (var endpoint : endpoints.endpoints()) {
      var known = sessions.get(endpoint.shared());
      if (endpoint.check().disabled()) {
        continue;
      }
      if (known == null || !known.endpoint().check().equals(endpoint.check())) {
        end(known);
        add(endpoint);
      } else if (!known.reaches(endpoint)) {
        known.reach(endpoint, probe(endpoint));
      }
      gone.remove(endpoint.shared());
    }
    gone.values().forEach(this::end);
  }

  private void add(Endpoint endpoint) {
    var session =
        new CheckSession(
            this, endpoint, probe(endpoint), cluster.loadBalancing().ignoresUnchecked());
    sessions.put(endpoint.shared(), session);
    unchecked++;
    if (published) {
      publish(session);
    }
    session.start();
  }

  private Probe probe(Endpoint endpoint) {
    return home.probes()
        .of(cluster, endpoint, spec, () -> count(HealthCheckStats.VERIFY_CLUSTER, 1));
  }

  private void end(@Nullable CheckSession session) {
    if (session == null) {
      return;
    }
    sessions.remove(session.endpoint().shared());
    if (session.unchecked()) {
      unchecked--;
    }
    session.close();
    if (published) {
      session.endpoint().shared().replaceFlags(FLAGS, 0);
      session.endpoint().shared().whenAskedToFail(null);
    }
  }

  /// Whether hosts have to be waited for.
  boolean unchecked() {
    return unchecked > 0;
  }

  /// From now on everybody sees what is found.
  void publish() {
    published = true;
    sessions.values().forEach(this::publish);
  }

  private void publish(CheckSession session) {
    var host = session.endpoint().shared();
    host.replaceFlags(FLAGS, session.flags());
    host.whenAskedToFail(() -> home.loop().execute(() -> failNow(session)));
  }

  private void failNow(CheckSession session) {
    if (sessions.get(session.endpoint().shared()) == session) {
      session.failNow();
    }
  }

  void close() {
    List.copyOf(sessions.values()).forEach(this::end);
    stats.release();
    events.close();
  }

  // ---- for sessions

  HealthCheckSpec spec() {
    return spec;
  }

  Timers timers() {
    return home.loop().timers();
  }

  RandomGenerator random() {
    return home.random();
  }

  long nowNanos() {
    return home.loop().clock().nanoTime();
  }

  /// Whether the cluster has ever had a connection.
  boolean traffic() {
    return home.hadTraffic(cluster.name());
  }

  void count(int stat, int amount) {
    stats.add(stat, amount);
  }

  /// Tells whoever keeps a log.
  ///
  /// @param failure null if there was none
  void tell(CheckEvent.Kind kind, Endpoint endpoint, @Nullable FailureKind failure, boolean first) {
    events.onEvent(new CheckEvent(kind, spec.probe(), cluster.name(), endpoint, failure, first));
  }

  /// The first check of a host has ended; told before [#onChecked].
  void onFirstChecked() {
    unchecked--;
  }

  void onChecked(CheckSession session, boolean passed, boolean changed) {
    if (published) {
      session.endpoint().shared().replaceFlags(FLAGS, session.flags());
    }
    if (passed) {
      listener.onPass(session.endpoint().shared());
    }
    if (published && changed) {
      listener.onChange();
    }
    if (!published && !unchecked()) {
      listener.onFirstRound();
    }
  }
}
