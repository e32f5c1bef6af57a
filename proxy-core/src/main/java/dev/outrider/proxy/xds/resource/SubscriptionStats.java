package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.XxHash;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import java.util.function.Supplier;

/// What Envoy counts for one subscription, under the prefix of its owner (`cluster_manager.cds`,
/// `http.main.rds.local`, `cluster.users`). Main loop only.
public final class SubscriptionStats {
  private static final StatTemplate.Definition UPDATES = StatTemplate.define();
  private static final Numbers OWN =
      new Numbers(
          Of.CONFIGURATION,
          UPDATES.counter("update_attempt"),
          UPDATES.counter("update_success"),
          UPDATES.counter("update_failure"),
          UPDATES.counter("update_rejected"));
  private static final int INIT_FETCH_TIMEOUT = UPDATES.counter("init_fetch_timeout");
  private static final int CONFIG_RELOAD = UPDATES.counter("config_reload");
  private static final int CONFIG_RELOAD_TIME = UPDATES.gauge("config_reload_time_ms");
  private static final StatTemplate UPDATES_TEMPLATE = UPDATES.template();

  private static final StatTemplate.Definition OF_SECRET = StatTemplate.define();
  private static final Numbers SECRET =
      new Numbers(
          Of.SECRET,
          OF_SECRET.counter("update_attempt"),
          OF_SECRET.counter("update_success"),
          OF_SECRET.counter("update_failure"),
          OF_SECRET.counter("update_rejected"));
  private static final int SECRET_INIT_FETCH_TIMEOUT = OF_SECRET.counter("init_fetch_timeout");
  private static final int KEY_ROTATION_FAILED = OF_SECRET.counter("key_rotation_failed");
  private static final StatTemplate SECRET_TEMPLATE = OF_SECRET.template();

  private static final StatTemplate.Definition OF_EXTENSION = StatTemplate.define();
  private static final Numbers EXTENSION =
      new Numbers(
          Of.EXTENSION,
          OF_EXTENSION.counter("update_attempt"),
          OF_EXTENSION.counter("update_success"),
          OF_EXTENSION.counter("update_failure"),
          OF_EXTENSION.counter("update_rejected"));
  private static final int EXTENSION_INIT_FETCH_TIMEOUT =
      OF_EXTENSION.counter("init_fetch_timeout");
  private static final int EXTENSION_RELOAD = OF_EXTENSION.counter("config_reload");
  private static final int EXTENSION_FAIL = OF_EXTENSION.counter("config_fail");
  private static final StatTemplate EXTENSION_TEMPLATE;

  static {
    OF_EXTENSION.counter("config_conflict"); // whoever does not agree is refused before
    EXTENSION_TEMPLATE = OF_EXTENSION.template();
  }

  private static final StatTemplate.Definition OF_SCOPES = StatTemplate.define();
  private static final Numbers SCOPES =
      new Numbers(
          Of.SCOPES,
          OF_SCOPES.counter("update_attempt"),
          OF_SCOPES.counter("update_success"),
          OF_SCOPES.counter("update_failure"),
          OF_SCOPES.counter("update_rejected"));
  private static final int SCOPES_INIT_FETCH_TIMEOUT = OF_SCOPES.counter("init_fetch_timeout");
  private static final int SCOPES_RELOAD = OF_SCOPES.counter("config_reload");
  private static final int SCOPES_RELOAD_TIME = OF_SCOPES.gauge("config_reload_time_ms");
  private static final int ALL_SCOPES = OF_SCOPES.gauge("all_scopes");
  private static final int ON_DEMAND_SCOPES = OF_SCOPES.gauge("on_demand_scopes");
  private static final int ACTIVE_SCOPES = OF_SCOPES.gauge("active_scopes");
  private static final StatTemplate SCOPES_TEMPLATE;

  static {
    OF_SCOPES.counter("update_empty"); // which Envoy has and never counts
    SCOPES_TEMPLATE = OF_SCOPES.template();
  }

  private static final StatTemplate.Definition OF_LOCALITY = StatTemplate.define();
  private static final Numbers LOCALITY =
      new Numbers(
          Of.LOCALITY,
          OF_LOCALITY.counter("update_attempt"),
          OF_LOCALITY.counter("update_success"),
          OF_LOCALITY.counter("update_failure"),
          OF_LOCALITY.counter("update_rejected"));
  private static final int LOCALITY_INIT_FETCH_TIMEOUT = OF_LOCALITY.counter("init_fetch_timeout");
  private static final StatTemplate LOCALITY_TEMPLATE;

  static {
    OF_LOCALITY.counter("update_empty"); // as in Envoy no collection hears of an empty response
    LOCALITY_TEMPLATE = OF_LOCALITY.template();
  }

  private static final StatTemplate.Definition OF_HOSTS = StatTemplate.define();
  private static final Numbers HOSTS =
      new Numbers(
          Of.HOSTS,
          OF_HOSTS.counter("update_attempt"),
          OF_HOSTS.counter("update_success"),
          OF_HOSTS.counter("update_failure"),
          OF_HOSTS.counter("update_rejected"));
  private static final int HOSTS_INIT_FETCH_TIMEOUT = OF_HOSTS.counter("init_fetch_timeout");
  private static final int HOSTS_RELOAD = OF_HOSTS.counter("config_reload");
  private static final StatTemplate HOSTS_TEMPLATE;

  static {
    OF_HOSTS.counter("update_empty"); // which Envoy has and never counts
    HOSTS_TEMPLATE = OF_HOSTS.template();
  }

  private static final Numbers CLUSTER =
      new Numbers(
          Of.CLUSTER,
          ClusterStats.UPDATE_ATTEMPT,
          ClusterStats.UPDATE_SUCCESS,
          ClusterStats.UPDATE_FAILURE,
          ClusterStats.UPDATE_REJECTED);

  private static final StatTemplate.Definition LAST = StatTemplate.define();
  private static final int TIME = LAST.gauge("update_time");
  private static final int VERSION = LAST.gauge("version");
  private static final int DURATION = LAST.histogram("update_duration");
  private static final StatTemplate LAST_TEMPLATE = LAST.template();
  private static final String VERSION_TEXT = ".version_text";

  private final StatOwner updates;
  private final Numbers numbers;
  private final StatOwner last;
  private final Loop loop;
  private final MetricRegistry registry;
  private final Supplier<String> text = this::version;
  private volatile String version = "";

  private SubscriptionStats(
      MetricRegistry registry, StatOwner updates, Numbers numbers, StatOwner last, Loop loop) {
    this.registry = registry;
    registry.text(last.prefix() + VERSION_TEXT, text);
    this.updates = updates;
    this.numbers = numbers;
    this.last = last;
    this.loop = loop;
  }

  private String version() {
    return version;
  }

  /// Of a subscription that has statistics of its own.
  static SubscriptionStats of(MetricRegistry registry, String prefix, Loop loop) {
    return new SubscriptionStats(
        registry,
        registry.owner(UPDATES_TEMPLATE, prefix),
        OWN,
        registry.owner(LAST_TEMPLATE, prefix),
        loop);
  }

  /// Of a cluster's endpoints, among the statistics of the cluster.
  static SubscriptionStats ofCluster(MetricRegistry registry, String statName, Loop loop) {
    var prefix = "cluster." + statName;
    return new SubscriptionStats(
        registry,
        registry.owner(ClusterStats.TEMPLATE, prefix),
        CLUSTER,
        registry.owner(LAST_TEMPLATE, prefix),
        loop);
  }

  /// Of a secret, which counts how files went that it names.
  public static SubscriptionStats ofSecret(MetricRegistry registry, String prefix, Loop loop) {
    return new SubscriptionStats(
        registry,
        registry.owner(SECRET_TEMPLATE, prefix),
        SECRET,
        registry.owner(LAST_TEMPLATE, prefix),
        loop);
  }

  /// Of the configuration of filters.
  static SubscriptionStats ofExtension(MetricRegistry registry, String name, Loop loop) {
    var prefix = "extension_config_discovery." + name;
    return new SubscriptionStats(
        registry,
        registry.owner(EXTENSION_TEMPLATE, prefix),
        EXTENSION,
        registry.owner(LAST_TEMPLATE, prefix),
        loop);
  }

  /// Of all scopes of routes that come from one place.
  static SubscriptionStats ofScopes(MetricRegistry registry, String prefix, Loop loop) {
    return new SubscriptionStats(
        registry,
        registry.owner(SCOPES_TEMPLATE, prefix),
        SCOPES,
        registry.owner(LAST_TEMPLATE, prefix),
        loop);
  }

  /// Of the endpoints of localities.
  static SubscriptionStats ofLocality(MetricRegistry registry, String prefix, Loop loop) {
    return new SubscriptionStats(
        registry,
        registry.owner(LOCALITY_TEMPLATE, prefix),
        LOCALITY,
        registry.owner(LAST_TEMPLATE, prefix),
        loop);
  }

  /// Of virtual hosts that come one by one.
  static SubscriptionStats ofHosts(MetricRegistry registry, String prefix, Loop loop) {
    return new SubscriptionStats(
        registry,
        registry.owner(HOSTS_TEMPLATE, prefix),
        HOSTS,
        registry.owner(LAST_TEMPLATE, prefix),
        loop);
  }

  void scopes(Subscriptions.ScopeCounts counts) {
    updates.set(ALL_SCOPES, counts.all());
    updates.set(ON_DEMAND_SCOPES, counts.onDemand());
    updates.set(ACTIVE_SCOPES, counts.active());
  }

  /// Files that a secret names have changed and cannot be used.
  public void rotationFailed() {
    updates.add(KEY_ROTATION_FAILED, 1);
  }

  /// The subscription was made, or asked again.
  public void asked() {
    updates.add(numbers.attempt, 1);
  }

  /// An answer was taken.
  ///
  /// @param changed whether anything is different now
  public void accepted(String newVersion, long startNanos, boolean changed) {
    version = newVersion;
    updates.add(numbers.attempt, 1);
    updates.add(numbers.success, 1);
    var clock = loop.clock();
    last.set(TIME, clock.epochMicros() / 1_000);
    last.set(VERSION, XxHash.of(newVersion));
    last.cells(loop.index()).record(DURATION, (clock.nanoTime() - startNanos) / 1_000_000);
    switch (numbers.of) {
      case CLUSTER -> updates.add(ClusterStats.UPDATE_NO_REBUILD, changed ? 0 : 1);
      case EXTENSION -> updates.add(EXTENSION_RELOAD, changed ? 1 : 0);
      case HOSTS -> updates.add(HOSTS_RELOAD, 1); // as Envoy: even if it says the same
      case SECRET, LOCALITY -> {}
      case SCOPES -> {
        updates.add(SCOPES_RELOAD, 1);
        updates.set(SCOPES_RELOAD_TIME, clock.epochMicros() / 1_000);
      }
      case CONFIGURATION -> {
        if (changed) {
          updates.add(CONFIG_RELOAD, 1);
          updates.set(CONFIG_RELOAD_TIME, clock.epochMicros() / 1_000);
        }
      }
    }
  }

  public void refused() {
    updates.add(numbers.attempt, 1);
    updates.add(numbers.rejected, 1);
    if (numbers.of == Of.EXTENSION) {
      updates.add(EXTENSION_FAIL, 1);
    }
  }

  /// The stream was lost.
  public void disconnected() {
    updates.add(numbers.attempt, 1);
    updates.add(numbers.failure, 1);
  }

  void timedOut() {
    updates.add(numbers.attempt, 1);
    switch (numbers.of) {
      case CLUSTER -> {}
      case SECRET -> updates.add(SECRET_INIT_FETCH_TIMEOUT, 1);
      case LOCALITY -> updates.add(LOCALITY_INIT_FETCH_TIMEOUT, 1);
      case HOSTS -> updates.add(HOSTS_INIT_FETCH_TIMEOUT, 1);
      case EXTENSION -> updates.add(EXTENSION_INIT_FETCH_TIMEOUT, 1);
      case SCOPES -> updates.add(SCOPES_INIT_FETCH_TIMEOUT, 1);
      case CONFIGURATION -> updates.add(INIT_FETCH_TIMEOUT, 1);
    }
  }

  public void release() {
    registry.removeText(last.prefix() + VERSION_TEXT, text);
    updates.release();
    last.release();
  }

  /// What a subscription is for.
  private enum Of {
    CONFIGURATION,
    CLUSTER,
    SECRET,
    EXTENSION,
    SCOPES,
    LOCALITY,
    HOSTS
  }

  private record Numbers(Of of, int attempt, int success, int failure, int rejected) {}
}
