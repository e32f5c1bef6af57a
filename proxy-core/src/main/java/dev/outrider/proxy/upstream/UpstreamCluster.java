package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.loadbalancing.HostPicker;
import dev.outrider.proxy.loadbalancing.HostPickers;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loadbalancing.PickerScope;
import dev.outrider.proxy.metrics.StatCells;
import org.jspecify.annotations.Nullable;

/// One cluster as one loop uses it: its current version, a picker over its current endpoints, its
/// pools. Looked up for each attempt and not kept, so that the next attempt sees the next version.
public final class UpstreamCluster {
  private final Upstreams home;
  private final ClusterShared shared;
  private final StatCells cells;
  private final EndpointPools pools = new EndpointPools();
  private @Nullable RequestedNames names; // made when a request decides something
  private Cluster config;
  private EndpointSet endpoints;
  private HostPicker picker;
  private boolean removed;

  UpstreamCluster(Upstreams home, ClusterShared shared, Cluster config) {
    this.home = home;
    this.shared = shared;
    this.cells = shared.cells(home.loop().index());
    this.config = config;
    retainTls();
    this.endpoints = EndpointSet.empty(config.name());
    this.picker = newPicker();
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
    var endpoint = picker.pick(context);
    if (endpoint == null) {
      cells.inc(ClusterStats.UPSTREAM_CX_NONE_HEALTHY);
    }
    return endpoint;
  }

  /// What an attempt wants of its connection's TLS.
  public TransportSocketOptions transportSocketOptions(HeaderMap head) {
    return transportSocketOptions(head, null);
  }

  /// What an attempt wants of its connection's TLS.
  ///
  /// @param newHost what the host of the request is to become; null or empty = it stays
  public TransportSocketOptions transportSocketOptions(HeaderMap head, @Nullable String newHost) {
    var wanted = config.http().autoSni();
    if (!wanted.asks()) {
      return TransportSocketOptions.NONE;
    }
    var reader = names;
    if (reader == null) {
      reader = new RequestedNames();
      names = reader;
    }
    return reader.of(head, newHost, wanted);
  }

  /// Begins an attempt. Nothing of its outcome is told from inside this method, but for
  /// [UpstreamSink#onConnected] when a connection was ready.
  ///
  /// @param version what to speak: `config().http()` says it
  /// @param priority whose circuit breakers count
  /// @param options what its connection must be made with: [#transportSocketOptions] says it
  /// @param requests held back while the connection takes no more of the request
  public UpstreamStream open(
      Endpoint endpoint,
      HttpVersion version,
      Priority priority,
      TransportSocketOptions options,
      UpstreamSink responses,
      FlowControl requests) {
    var pool = pools.find(endpoint.shared(), version, options);
    if (pool == null) {
      pool = new EndpointPool(this, endpoint.shared(), version, options);
      pools.add(pool);
    }
    return pool.open(endpoint.hostname(), priority, responses, requests);
  }

  /// Begins an attempt whose bytes go to the endpoint without HTTP. Nothing of its outcome is told
  /// from inside this method.
  ///
  /// @param requests held back until there is a connection, and while it takes no more
  public ConnectTunnel openTunnel(Endpoint endpoint, UpstreamSink responses, FlowControl requests) {
    return ConnectTunnel.open(this, endpoint, responses, requests);
  }

  /// Whether no further connection may be made.
  public boolean full() {
    return TcpUpstream.full(this);
  }

  /// Begins to connect to an endpoint for bytes without a protocol. Nothing of the outcome is told
  /// from inside this method. Null if the cluster is [#full].
  public @Nullable TcpUpstream openTcp(Endpoint endpoint, TcpUpstreamSink sink) {
    return TcpUpstream.open(this, endpoint, sink);
  }

  private HostPicker newPicker() {
    var scope =
        new PickerScope(
            home.random(),
            cells,
            home.loop().clock(),
            shared.tables(),
            shared::activeRequests,
            home.local());
    return HostPickers.of(config, endpoints, scope);
  }

  /// The proxies beside us are others, or others of them are healthy.
  void onLocalChange() {
    if (config.loadBalancing().zoneAware()) {
      picker = newPicker();
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
    var renewed = !newConfig.http().equals(config.http()) || newConfig.tls() != config.tls();
    var before = config.tls();
    config = newConfig;
    retainTls();
    if (before != null) {
      before.release();
    }
    if (renewed) {
      renewConnections();
    }
    picker = newPicker();
  }

  void update(EndpointSet newEndpoints) {
    if (config.loadBalancing().renewsOnChange() && newEndpoints.membersDiffer(endpoints) > 0) {
      renewConnections();
    }
    endpoints = newEndpoints;
    picker = newPicker();
    var gone = pools.without(newEndpoints);
    for (var pool : pools.all()) {
      if (!gone.contains(pool)) {
        pool.undrain();
        pool.hostJudged();
      }
    }
    gone.forEach(this::retire);
  }

  private void retainTls() {
    var tls = config.tls();
    if (tls != null) {
      tls.retain();
    }
  }

  /// It is not to be found any more; what is under way may still need connections.
  void remove() {
    drain();
    removed = true;
    releaseIfUnused();
  }

  private void releaseIfUnused() {
    var tls = config.tls();
    if (removed && tls != null && pools.isEmpty()) {
      removed = false; // once
      tls.release();
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
