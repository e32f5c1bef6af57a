package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.loadbalancing.AggregatePicker;
import dev.outrider.proxy.loadbalancing.ForwardPicker;
import dev.outrider.proxy.loadbalancing.HostPicker;
import dev.outrider.proxy.loadbalancing.HostPickers;
import dev.outrider.proxy.loadbalancing.OriginalDstPicker;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loadbalancing.PickerScope;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.tls.ClientTls;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One cluster as one loop uses it: its current version, a picker over its current endpoints, its
/// pools. Looked up for each attempt and not kept, so that the next attempt sees the next version.
public final class UpstreamCluster {
  private final Upstreams home;
  private final ClusterShared shared;
  private final StatCells cells;
  private final EndpointPools pools = new EndpointPools();
  private @Nullable ConnectionWishes wishes; // most clusters see no traffic
  private Cluster config;
  private EndpointSet endpoints;

  // Only of clusters that want to close them.
  private @Nullable Set<TcpUpstream> tcp;

  // Null until the first pick, where that is soon enough: most clusters of a big configuration see
  // no traffic.
  private @Nullable HostPicker picker;

  // Of an aggregate, found out with its picker: whether a member's connections depend on the
  // client.
  private boolean membersAskWho;
  private Set<LbMetadata> subsets = Set.of();
  private @Nullable OriginalHostSweep sweep;
  private boolean removed;

  UpstreamCluster(Upstreams home, ClusterShared shared, Cluster config) {
    this.home = home;
    this.shared = shared;
    this.cells = shared.cells(home.loop().index());
    this.config = config;
    retainTls();
    showProxyStats();
    this.endpoints = EndpointSet.empty(config.name());
    renewPicker();
    this.sweep = newSweep();
  }

  private @Nullable OriginalHostSweep newSweep() {
    var hosts = shared.originalHosts();
    return config.discovery() instanceof Discovery.OriginalDst original
            && hosts != null
            && shared.isMainLoop(home.loop().index())
        ? new OriginalHostSweep(original, hosts, cells, home.loop())
        : null;
  }

  /// They are there before the first connection.
  private void showProxyStats() {
    if (config.proxies()) {
      shared.stats(ProxyHeaderStats.TEMPLATE, ProxyHeaderStats.SUFFIX);
    }
  }

  private void endSweep() {
    if (sweep != null) {
      sweep.end();
    }
  }

  public Cluster config() {
    return config;
  }

  /// This loop's cells of [ClusterStats].
  public StatCells cells() {
    return cells;
  }

  /// Every endpoint, healthy or not.
  public EndpointSet endpoints() {
    return endpoints;
  }

  /// Makes room for one retry more, until the permit is released; false if there is none.
  public boolean takeRetry(Priority priority, Permit permit) {
    return shared.breakers(priority).takeRetry(permit);
  }

  /// Whether this request is one of those that the control plane wants dropped (`drop_overloads`).
  public boolean dropsForOverload() {
    var ratio = endpoints.policy().dropRatio();
    return ratio > 0 && home.random().nextDouble() < ratio;
  }

  /// Whether every request is to be dropped.
  public boolean dropsAll() {
    return endpoints.policy().dropRatio() >= 1;
  }

  /// Chooses an endpoint for one attempt; null if none can be used.
  public @Nullable Endpoint pick(PickContext context) {
    var chooser = picker;
    if (chooser == null) {
      chooser = newPicker();
      picker = chooser;
    }
    var endpoint = chooser.pick(context);
    if (endpoint == null) {
      cells.inc(ClusterStats.UPSTREAM_CX_NONE_HEALTHY);
    }
    return endpoint;
  }

  /// What attempts at it want of their connections.
  public ConnectionWishes wishes() {
    var known = wishes;
    if (known == null) {
      known = new ConnectionWishes(this);
      wishes = known;
    }
    return known;
  }

  /// Whether it is an aggregate with a member whose connections depend on the client.
  boolean membersAskWho() {
    return membersAskWho;
  }

  private boolean asksWho() {
    return config.proxies() || config.connections().poolPerClient();
  }

  /// Whether an attempt finds a pool of connections, or there is room for one: of those of the same
  /// endpoint one that is idle makes it.
  ///
  /// @param downstream what the client speaks
  public boolean admits(
      Endpoint endpoint,
      HttpVersion downstream,
      Priority priority,
      TransportSocketOptions options) {
    var owner = ownerOf(endpoint);
    var limit = owner.shared.breakers(priority).pools();
    if (!limit.open() || owner.knows(endpoint, downstream, options)) {
      return true;
    }
    var idle = owner.pools.idle(endpoint.shared());
    if (idle != null) {
      owner.retire(idle);
    }
    if (limit.open()) {
      owner.cells.inc(ClusterStats.UPSTREAM_CX_POOL_OVERFLOW);
      return false;
    }
    return true;
  }

  private boolean knows(Endpoint endpoint, HttpVersion downstream, TransportSocketOptions options) {
    var version = config.http().towards(downstream);
    return pools.find(endpoint.shared(), version, wishes().reaching(endpoint, options)) != null;
  }

  /// Begins an attempt. Nothing of its outcome is told from inside this method, but for
  /// [UpstreamSink#onConnected] when a connection was ready.
  ///
  /// @param version what to speak: `config().http()` says it
  /// @param priority whose circuit breakers count
  /// @param options what its connection must be made with: [#wishes] say it
  /// @param requests held back while the connection takes no more of the request
  public UpstreamStream open(
      Endpoint endpoint,
      HttpVersion version,
      Priority priority,
      TransportSocketOptions options,
      UpstreamSink responses,
      FlowControl requests) {
    var owner = ownerOf(endpoint);
    return owner.equals(this)
        ? openOwn(endpoint, version, priority, options, responses, requests)
        : owner.openOwn(
            endpoint, owner.config.http().towards(version), priority, options, responses, requests);
  }

  private UpstreamStream openOwn(
      Endpoint endpoint,
      HttpVersion version,
      Priority priority,
      TransportSocketOptions wanted,
      UpstreamSink responses,
      FlowControl requests) {
    var options = wishes().reaching(endpoint, wanted);
    var pool = pools.find(endpoint.shared(), version, options);
    if (pool == null) {
      pool = new EndpointPool(this, endpoint, version, options, priority);
      pools.add(pool);
    } else {
      pool.endpoint(endpoint);
    }
    return pool.open(endpoint.hostname(), priority, responses, requests);
  }

  /// Begins an attempt whose bytes go to the endpoint without HTTP. Nothing of its outcome is told
  /// from inside this method.
  ///
  /// @param requests held back until there is a connection, and while it takes no more
  public ConnectTunnel openTunnel(
      Endpoint endpoint,
      TransportSocketOptions options,
      UpstreamSink responses,
      FlowControl requests) {
    return ConnectTunnel.open(ownerOf(endpoint), endpoint, options, responses, requests);
  }

  /// Whether no further connection may be made.
  public boolean full() {
    return TcpUpstream.full(this);
  }

  /// Begins to connect to an endpoint for bytes without a protocol. Nothing of the outcome is told
  /// from inside this method. Null if the cluster is [#full].
  ///
  /// @param options whom a PROXY header is to name; of TLS nothing is asked
  public @Nullable TcpUpstream openTcp(
      Endpoint endpoint, TransportSocketOptions options, TcpUpstreamSink sink) {
    var owner = ownerOf(endpoint);
    return TcpUpstream.open(
        owner, endpoint, owner.wishes().reaching(endpoint, options).client(), sink);
  }

  /// Of other endpoints, or another version.
  private void renewPicker() {
    if (config.discovery().choosesItself() || !config.loadBalancing().canWait()) {
      var next = newPicker();
      picker = next;
      divide(next.subsets());
    } else {
      picker = null;
      divide(Set.of());
    }
  }

  private HostPicker newPicker() {
    var hosts = shared.originalHosts();
    if (config.discovery() instanceof Discovery.OriginalDst original && hosts != null) {
      return new OriginalDstPicker(original, hosts, cells);
    }
    if (config.discovery() instanceof Discovery.Aggregate aggregate) {
      var members = home.members(aggregate);
      membersAskWho = members.stream().anyMatch(UpstreamCluster::asksWho);
      return AggregatePicker.of(
          config.loadBalancing().healthyPanicPercent(),
          members.stream().map(UpstreamCluster::asMember).toList(),
          home.random());
    }
    membersAskWho = false;
    if (config.discovery() instanceof Discovery.DynamicForward) {
      return ForwardPicker.of(endpoints, config.defaultPort());
    }
    return HostPickers.of(config, endpoints, pickerScope());
  }

  private AggregatePicker.Member asMember() {
    return new AggregatePicker.Member(config, endpoints, pickerScope());
  }

  /// Whether its endpoints are, among others, those of that cluster.
  boolean consistsOf(String name) {
    return config.discovery() instanceof Discovery.Aggregate aggregate
        && (aggregate.clusters().contains(name)
            || home.members(aggregate).stream()
                .anyMatch(member -> member.config.name().equals(name)));
  }

  void membersChanged() {
    renewPicker();
  }

  /// The cluster whose endpoint it is: another one only of an aggregate. The endpoint was picked in
  /// this turn of the loop, so that its cluster is there.
  private UpstreamCluster ownerOf(Endpoint endpoint) {
    if (config.discovery() instanceof Discovery.Aggregate) {
      return Objects.requireNonNull(home.find(endpoint.shared().clusterName()));
    }
    return this;
  }

  private PickerScope pickerScope() {
    return new PickerScope(
        home.random(),
        cells,
        home.loop().clock(),
        shared.tables(),
        shared::activeRequests,
        home.local(),
        shared.isMainLoop(home.loop().index())
            ? table -> HashTableStats.show(table, shared)
            : _ -> {});
  }

  /// The proxies beside us are others, or others of them are healthy.
  void onLocalChange() {
    if (config.loadBalancing().zoneAware()) {
      renewPicker();
    }
  }

  /// Begins a gRPC call to an endpoint of the cluster's choice. Nothing is told from inside this
  /// method. *Takes* the metadata of `spec`.
  public GrpcCallout grpc(GrpcCalloutSpec spec, GrpcCalloutSink sink) {
    var call = new GrpcCall(home, spec, this, sink);
    call.start();
    return call;
  }

  /// Connections that exist take no further attempts.
  public void renewConnections() {
    pools.all().forEach(EndpointPool::renew);
  }

  /// The end of one made by [Upstreams#apart].
  public void close() {
    remove();
    shared.release();
  }

  void update(Cluster newConfig) {
    var before = config.tlsEnds();
    var renewed =
        !newConfig.http().equals(config.http())
            || !newConfig.tlsEnds().equals(before)
            || !newConfig.proxyHeaders().equals(config.proxyHeaders());
    config = newConfig;
    showProxyStats();
    retainTls();
    before.forEach(ClientTls::release);
    if (renewed) {
      renewConnections();
    }
    divide(Set.of()); // another version begins anew, as in Envoy
    renewPicker();
    endSweep();
    sweep = newSweep();
  }

  void update(EndpointSet newEndpoints) {
    if (config.loadBalancing().renewsOnChange() && newEndpoints.membersDiffer(endpoints) > 0) {
      renewConnections();
    }
    endpoints = newEndpoints;
    renewPicker();
    if (config.discovery() instanceof Discovery.OriginalDst) {
      pools.all().forEach(EndpointPool::hostJudged); // hosts that clients name are swept instead
    } else if (!pools.isEmpty()) {
      retireAllBut(newEndpoints);
    }
    if (tcp != null) {
      List.copyOf(tcp).forEach(TcpUpstream::hostJudged);
    }
  }

  private void divide(Set<LbMetadata> now) {
    SubsetCounts.count(shared.stats(), subsets, now);
    subsets = now;
  }

  /// A connection for bytes without a protocol has begun.
  void opened(TcpUpstream connection) {
    if (config.connections().closeOnHostFailure()) {
      tcp = tcp == null ? new HashSet<>() : tcp;
      tcp.add(connection);
    }
  }

  void closed(TcpUpstream connection) {
    if (tcp != null) {
      tcp.remove(connection);
    }
  }

  private void retireAllBut(EndpointSet kept) {
    var known = new IdentityHashMap<HostShared, Endpoint>();
    kept.endpoints().forEach(endpoint -> known.put(endpoint.shared(), endpoint));
    for (var pool : pools.all()) {
      var endpoint = known.get(pool.host());
      if (endpoint == null) {
        retire(pool);
      } else {
        pool.endpoint(endpoint);
        pool.undrain();
        pool.hostJudged();
      }
    }
  }

  private void retainTls() {
    config.tlsEnds().forEach(ClientTls::retain);
  }

  /// It is not to be found any more; what is under way may still need connections.
  void remove() {
    drain();
    divide(Set.of());
    removed = true;
    endSweep();
    releaseIfUnused();
  }

  private void releaseIfUnused() {
    if (removed && pools.isEmpty()) {
      removed = false; // once
      config.tlsEnds().forEach(ClientTls::release);
    }
  }

  void drain() {
    pools.all().forEach(this::retire);
  }

  private void retire(EndpointPool pool) {
    pool.drain();
    if (pool.isEmpty()) {
      onEmpty(pool);
    }
  }

  void onEmpty(EndpointPool pool) {
    pools.remove(pool);
    pool.end();
    releaseIfUnused();
  }

  /// How many there are.
  int pools() {
    return pools.all().size();
  }

  Upstreams home() {
    return home;
  }

  ClusterShared shared() {
    return shared;
  }

  int bufferLimit() {
    var limit = config.connections().bufferLimitBytes();
    return limit == 0 ? Integer.MAX_VALUE : limit;
  }
}
