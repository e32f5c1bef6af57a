package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What all loops know together about one cluster: its circuit breakers and its statistics.
/// Survives updates of the cluster, by name.
///
/// Atomics, any thread; [#cells] only on the loop asked for.
public final class ClusterShared {
  private final String name;
  private final String prefix;
  private final StatOwner stats;
  private final MetricRegistry registry;
  private final Consumer<String> originalHostsChanged;
  private final ConcurrentHashMap<StatTemplate, StatOwner> more = new ConcurrentHashMap<>(0);
  private final SharedTables tables = new SharedTables();
  private final Breakers normal;
  private final Breakers high;
  private final boolean dynamic;
  // The main loop's: how often the cluster was added again, and what it consists of.
  private int revision;
  private EndpointSet members;
  private List<StatOwner> socketMatches;
  private List<StatOwner> remaining;

  // Written by the main loop before the cluster is published.
  private volatile @Nullable OriginalHosts originalHosts;

  /// @param originalHostsChanged see [OriginalHosts]
  ClusterShared(Cluster cluster, MetricRegistry registry, Consumer<String> originalHostsChanged) {
    this(
        cluster,
        registry,
        registry.owner(ClusterStats.TEMPLATE, "cluster." + cluster.statName()),
        originalHostsChanged);
    stats.computedBy(new OpenGauges(normal, high, this::originalHosts));
  }

  /// Of which nothing is seen but further statistics.
  static ClusterShared apart(Cluster cluster, MetricRegistry registry) {
    return new ClusterShared(
        cluster, registry, StatOwner.unlisted(ClusterStats.TEMPLATE, registry.loops()), _ -> {});
  }

  private ClusterShared(
      Cluster cluster,
      MetricRegistry registry,
      StatOwner stats,
      Consumer<String> originalHostsChanged) {
    this.name = cluster.name();
    this.registry = registry;
    this.originalHostsChanged = originalHostsChanged;
    this.members = EndpointSet.empty(cluster.name());
    this.stats = stats;
    this.prefix = "cluster." + cluster.statName();
    this.dynamic = weighs(cluster.discovery());
    this.normal = new Breakers(cluster.breakers().normal());
    this.high = new Breakers(cluster.breakers().high());
    this.socketMatches = socketMatches(cluster);
    this.remaining = remaining(cluster);
    findOriginalHosts(cluster);
  }

  private List<StatOwner> remaining(Cluster cluster) {
    return RemainingRoom.lease(cluster.breakers(), this::breakers, registry, prefix);
  }

  /// Whether the largest weight is shown, as in Envoy.
  private static boolean weighs(Discovery discovery) {
    return switch (discovery) {
      case Discovery.Static _,
          Discovery.OriginalDst _,
          Discovery.Aggregate _,
          Discovery.DynamicForward _ ->
          false;
      case Discovery.Dns dns -> !dns.options().singleEndpoint();
      case Discovery.Eds _ -> true;
    };
  }

  private void findOriginalHosts(Cluster cluster) {
    if (!(cluster.discovery() instanceof Discovery.OriginalDst)) {
      originalHosts = null;
    } else if (originalHosts == null) {
      originalHosts = new OriginalHosts(cluster.name(), registry.loops(), originalHostsChanged);
    }
  }

  /// Whether a loop is the one that does what is to be done once for all.
  public boolean isMainLoop(int loopIndex) {
    return loopIndex == registry.loops() - 1;
  }

  /// Endpoints that are made when they are wanted; null if the cluster has others.
  public @Nullable OriginalHosts originalHosts() {
    return originalHosts;
  }

  private List<StatOwner> socketMatches(Cluster cluster) {
    return cluster.socketMatches().stream()
        .map(match -> registry.owner(SocketMatchStats.TEMPLATE, prefix + "." + match.name()))
        .toList();
  }

  public String name() {
    return name;
  }

  /// What was made of its endpoints for all loops.
  public SharedTables tables() {
    return tables;
  }

  /// Requests under way on all loops.
  public long activeRequests() {
    return stats.value(ClusterStats.UPSTREAM_RQ_ACTIVE);
  }

  /// The statistics of [ClusterStats].
  public StatOwner stats() {
    return stats;
  }

  public StatCells cells(int loopIndex) {
    return stats.cells(loopIndex);
  }

  /// Further statistics, under `cluster.<name>.<suffix>.`; they are there from the first call on,
  /// and share the life of the cluster's own.
  public StatOwner stats(StatTemplate template, String suffix) {
    return more.computeIfAbsent(template, key -> registry.owner(key, prefix + "." + suffix));
  }

  /// The cluster is gone from every loop.
  public void release() {
    stats.release();
    more.values().forEach(StatOwner::release);
    socketMatches.forEach(StatOwner::release);
    remaining.forEach(StatOwner::release);
  }

  /// The circuit breakers of one priority.
  public Breakers breakers(Priority priority) {
    return switch (priority) {
      case DEFAULT -> normal;
      case HIGH -> high;
    };
  }

  /// Takes the limits of the cluster's new version; what is in use stays counted. Main loop only.
  void update(Cluster next) {
    revision++;
    normal.update(next.breakers().normal());
    high.update(next.breakers().high());
    var before = socketMatches;
    socketMatches = socketMatches(next);
    before.forEach(StatOwner::release);
    remaining.forEach(StatOwner::release);
    remaining = remaining(next);
    findOriginalHosts(next);
  }

  /// Changes whenever the cluster is added again. Main loop only.
  int revision() {
    return revision;
  }

  /// Shows a new set of endpoints, or what is said about them now, in the `membership_*`
  /// statistics. Main loop only.
  public void membershipChanged(EndpointSet endpoints) {
    if (originalHosts == null) { // those count where they are found
      stats.add(ClusterStats.MEMBERSHIP_CHANGE, endpoints.membersDiffer(members));
    }
    countSocketMatches(endpoints);
    members = endpoints;
    stats.set(ClusterStats.MEMBERSHIP_TOTAL, endpoints.endpoints().size());
    stats.set(ClusterStats.MEMBERSHIP_HEALTHY, endpoints.healthyCount());
    stats.set(ClusterStats.MEMBERSHIP_DEGRADED, endpoints.degradedCount());
    stats.set(ClusterStats.MEMBERSHIP_EXCLUDED, endpoints.excludedCount());
    var maxWeight = 0;
    for (var endpoint : endpoints.endpoints()) {
      maxWeight = Math.max(maxWeight, endpoint.weight());
    }
    if (dynamic) { // as Envoy
      stats.set(ClusterStats.MAX_HOST_WEIGHT, maxWeight);
    }
  }

  private void countSocketMatches(EndpointSet endpoints) {
    Set<Endpoint> known = Collections.newSetFromMap(new IdentityHashMap<>());
    known.addAll(members.endpoints());
    for (var endpoint : endpoints.endpoints()) {
      if (!known.contains(endpoint)) {
        var match = endpoint.access().socketMatch();
        if (match == EndpointAccess.DEFAULT_SOCKET) {
          stats.add(ClusterStats.DEFAULT_SOCKET_MATCH_COUNT, 1);
        } else {
          socketMatches.get(match).add(SocketMatchStats.TOTAL_MATCH_COUNT, 1);
        }
      }
    }
  }

  /// The limits of one priority.
  public static final class Breakers {
    private final Limit connections;
    private final Limit pending;
    private final Limit requests;
    private final Limit retries;
    private final Limit pools;

    // Written by the main loop when the configuration changes.
    private volatile CircuitBreakers.@Nullable RetryBudget retryBudget;

    private Breakers(CircuitBreakers.Thresholds limits) {
      retryBudget = limits.retryBudget();
      connections = new Limit(limits.maxConnections());
      pending = new Limit(limits.maxPendingRequests());
      requests = new Limit(limits.maxRequests());
      retries = new Limit(limits.maxRetries());
      pools = new Limit(limits.maxPools());
    }

    public Limit connections() {
      return connections;
    }

    public Limit pending() {
      return pending;
    }

    public Limit requests() {
      return requests;
    }

    public Limit retries() {
      return retries;
    }

    public Limit pools() {
      return pools;
    }

    /// How many more retries there may be now.
    long retriesLeft() {
      var budget = retryBudget;
      var most =
          budget == null ? retries.max() : budget.allows((long) requests.inUse() + pending.inUse());
      return Math.max(0, most - retries.inUse());
    }

    /// False if there are as many retries as there may be.
    public boolean takeRetry(Permit permit) {
      if (retryBudget == null) {
        return permit.tryTake(retries);
      }
      var fits = !retriesOpen();
      if (fits) {
        permit.takeAnyway(retries);
      }
      return fits;
    }

    private boolean retriesOpen() {
      var budget = retryBudget;
      return budget == null
          ? retries.open()
          : retries.inUse() >= budget.allows((long) requests.inUse() + pending.inUse());
    }

    private void update(CircuitBreakers.Thresholds limits) {
      retryBudget = limits.retryBudget();
      connections.changeMax(limits.maxConnections());
      pending.changeMax(limits.maxPendingRequests());
      requests.changeMax(limits.maxRequests());
      retries.changeMax(limits.maxRetries());
      pools.changeMax(limits.maxPools());
    }
  }

  /// `circuit_breakers.*_open`, worked out when somebody looks.
  private record OpenGauges(
      Breakers normal, Breakers high, Supplier<@Nullable OriginalHosts> originals)
      implements StatOwner.LiveGauges {
    @Override
    public boolean computes(int stat) {
      return countsOriginals(stat)
          || (stat >= ClusterStats.DEFAULT_CX_OPEN && stat <= ClusterStats.HIGH_CX_POOL_OPEN);
    }

    private boolean countsOriginals(int stat) {
      return (stat == ClusterStats.MEMBERSHIP_TOTAL || stat == ClusterStats.MEMBERSHIP_HEALTHY)
          && originals.get() != null;
    }

    @Override
    public long value(int stat) {
      var hosts = originals.get();
      if (hosts != null && countsOriginals(stat)) {
        return stat == ClusterStats.MEMBERSHIP_TOTAL ? hosts.size() : hosts.healthy();
      }
      var breakers = stat < ClusterStats.HIGH_CX_OPEN ? normal : high;
      var first =
          stat < ClusterStats.HIGH_CX_OPEN
              ? ClusterStats.DEFAULT_CX_OPEN
              : ClusterStats.HIGH_CX_OPEN;
      var open =
          switch (stat - first) {
            case 0 -> open(breakers.connections);
            case 1 -> open(breakers.pending);
            case 2 -> open(breakers.requests);
            case 3 -> breakers.retries.inUse() > 0 && breakers.retriesOpen();
            default -> open(breakers.pools);
          };
      return open ? 1 : 0;
    }

    private static boolean open(Limit limit) {
      return limit.inUse() > 0 && limit.open();
    }
  }
}
