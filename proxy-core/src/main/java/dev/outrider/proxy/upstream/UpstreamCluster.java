package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.loadbalancing.HostPicker;
import dev.outrider.proxy.loadbalancing.HostPickers;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.metrics.StatCells;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One cluster as one loop uses it: its current version, a picker over its current endpoints, a
/// pool per endpoint and version of HTTP. Looked up for each attempt and not kept, so that the next
/// attempt sees the next version.
public final class UpstreamCluster {
  private final Upstreams home;
  private final ClusterShared shared;
  private final StatCells cells;
  // Small at first: most clusters of a big configuration see no traffic.
  private final IdentityHashMap<HostShared, EndpointPool> http1 = new IdentityHashMap<>(1);
  private final IdentityHashMap<HostShared, EndpointPool> http2 = new IdentityHashMap<>(1);
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
    this.picker = HostPickers.of(config, endpoints, home.random(), cells);
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

  /// Chooses an endpoint for one attempt; null if none can be used.
  public @Nullable Endpoint pick(PickContext context) {
    var endpoint = picker.pick(context);
    if (endpoint == null) {
      cells.inc(ClusterStats.UPSTREAM_CX_NONE_HEALTHY);
    }
    return endpoint;
  }

  /// Begins an attempt. Nothing of its outcome is told from inside this method, but for
  /// [UpstreamSink#onConnected] when a connection was ready.
  ///
  /// @param version what to speak: `config().http()` says it
  /// @param priority whose circuit breakers count
  /// @param requests held back while the connection takes no more of the request
  public UpstreamStream open(
      Endpoint endpoint,
      HttpVersion version,
      Priority priority,
      UpstreamSink responses,
      FlowControl requests) {
    var pools = pools(version);
    var pool = pools.get(endpoint.shared());
    if (pool == null) {
      pool = new EndpointPool(this, endpoint.shared(), version);
      pools.put(endpoint.shared(), pool);
    }
    return pool.open(priority, responses, requests);
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
    return TcpUpstream.open(this, endpoint.shared(), sink);
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
      List.copyOf(http1.values()).forEach(EndpointPool::renew);
      List.copyOf(http2.values()).forEach(EndpointPool::renew);
    }
    picker = HostPickers.of(config, endpoints, home.random(), cells);
  }

  void update(EndpointSet newEndpoints) {
    endpoints = newEndpoints;
    picker = HostPickers.of(config, endpoints, home.random(), cells);
    retireAllBut(newEndpoints, http1);
    retireAllBut(newEndpoints, http2);
  }

  private void retireAllBut(EndpointSet kept, IdentityHashMap<HostShared, EndpointPool> pools) {
    if (pools.isEmpty()) {
      return;
    }
    var gone = new IdentityHashMap<>(pools);
    for (var endpoint : kept.endpoints()) {
      var pool = gone.remove(endpoint.shared());
      if (pool != null) {
        pool.undrain();
      }
    }
    gone.values().forEach(this::retire);
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
    if (removed && tls != null && http1.isEmpty() && http2.isEmpty()) {
      removed = false; // once
      tls.release();
    }
  }

  void drain() {
    List.copyOf(http1.values()).forEach(this::retire);
    List.copyOf(http2.values()).forEach(this::retire);
  }

  private void retire(EndpointPool pool) {
    pool.drain();
    if (pool.isEmpty()) {
      onEmpty(pool);
    }
  }

  void onEmpty(EndpointPool pool) {
    pools(pool.version()).remove(pool.host());
    releaseIfUnused();
  }

  private IdentityHashMap<HostShared, EndpointPool> pools(HttpVersion version) {
    return switch (version) {
      case HTTP1 -> http1;
      case HTTP2 -> http2;
    };
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
