package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.http.Http1Limits;
import dev.outrider.proxy.http.Http1Syntax;
import dev.outrider.proxy.http2.Http2Stats;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import dev.outrider.proxy.router.RouterScope;
import dev.outrider.proxy.router.RouterStats;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.stream.AccessLogger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One version of a filter chain as one worker serves it: what its connections and streams would
/// otherwise look up for every request. Lives until it was retired and its last connection has
/// ended; then filters and statistics go back.
final class ServedChain {
  private final ServingContext context;
  private final ListenerConfig listener;
  private final FilterChain chain;
  private final List<HttpFilterFactory> leased = new ArrayList<>();
  private final List<WorkerFilterFactory> filters = new ArrayList<>();
  private final List<AccessLogger> accessLogs = new ArrayList<>();
  private final List<StatOwner> owners = new ArrayList<>();
  private final StatCells httpCells;
  private final StatCells http1Cells;
  private final ChainCounts counts;
  private final RouterScope routerScope;
  private final RequestIds requestIds;
  private final byte[] serverName;
  private final Http1Syntax syntax;
  private final Set<ServedConnection> connections = new LinkedHashSet<>();
  private final Http2Service http2;
  private boolean retired;

  ServedChain(ServingContext context, ListenerConfig listener) {
    this.context = context;
    this.listener = listener;
    this.chain = listener.chain();
    var http = chain.http();
    var prefix = http.statPrefix();
    this.httpCells = lease(HttpStats.TEMPLATE, "http." + prefix);
    this.counts =
        new ChainCounts(
            httpCells,
            lease(ListenerStats.TEMPLATE, "listener." + listener.statPrefix()),
            lease(
                ListenerHttpStats.TEMPLATE,
                "listener." + listener.statPrefix() + ".http." + prefix));
    this.routerScope =
        new RouterScope(context.upstreams(), lease(RouterStats.TEMPLATE, "http." + prefix));
    this.requestIds = new RequestIds(context.random());
    this.serverName = http.serverName().getBytes(StandardCharsets.UTF_8);
    var bounds = http.limits();
    this.syntax =
        new Http1Syntax(
            "http",
            new Http1Limits(
                bounds.requestHeadBytes(),
                bounds.requestHeaders(),
                Http1Limits.REQUEST.chunkExtensionBytes()),
            http.http1(),
            http.requests().underscores());
    this.http1Cells = lease(Http1Stats.TEMPLATE, "http1");
    this.http2 = new Http2Service(this, lease(Http2Stats.TEMPLATE, "http2"));
    for (var entry : http.filters()) {
      leased.add(entry.factory());
      filters.add(context.filters().acquire(entry.factory()));
    }
    for (var logger : http.accessLogs()) {
      accessLogs.add(logger.onLoop(context.loop()));
    }
  }

  private StatCells lease(StatTemplate template, String prefix) {
    var owner = context.registry().owner(template, prefix);
    owners.add(owner);
    return owner.cells(context.loop().index());
  }

  /// A newer version takes the connections from now on, or the listener is gone.
  void retire() {
    retired = true;
    leased.forEach(context.filters()::retire);
    List.copyOf(connections).forEach(ServedConnection::onDraining);
    releaseIfUnused();
  }

  /// Ends the connections that are left.
  void closeAll() {
    List.copyOf(connections).forEach(ServedConnection::closeNow);
  }

  /// Ends the connections on which nothing runs.
  void closeIdle() {
    List.copyOf(connections).forEach(ServedConnection::closeIfIdle);
  }

  /// Whether connections should end with their current exchange.
  boolean draining() {
    return retired;
  }

  void opened(ServedConnection connection) {
    connections.add(connection);
  }

  void closed(ServedConnection connection) {
    connections.remove(connection);
    releaseIfUnused();
  }

  int connectionCount() {
    return connections.size();
  }

  private void releaseIfUnused() {
    if (retired && connections.isEmpty()) {
      leased.forEach(context.filters()::release);
      leased.clear();
      accessLogs.forEach(AccessLogger::leave);
      accessLogs.clear();
      owners.forEach(StatOwner::release);
      owners.clear();
    }
  }

  /// The table for a stream that starts now.
  @Nullable RouteTable routes() {
    return switch (http().routes()) {
      case RouteSource.Inline inline -> inline.table();
      case RouteSource.Rds rds -> context.routes().find(rds.name());
    };
  }

  ServingContext context() {
    return context;
  }

  ListenerConfig listener() {
    return listener;
  }

  String name() {
    return chain.name();
  }

  HttpConnectionManagerConfig http() {
    return chain.http();
  }

  List<WorkerFilterFactory> filters() {
    return filters;
  }

  List<AccessLogger> accessLogs() {
    return accessLogs;
  }

  StatCells httpCells() {
    return httpCells;
  }

  ChainCounts counts() {
    return counts;
  }

  RouterScope routerScope() {
    return routerScope;
  }

  RequestIds requestIds() {
    return requestIds;
  }

  /// Value of the `server` header. Lent.
  byte[] serverName() {
    return serverName;
  }

  Http2Service http2() {
    return http2;
  }

  /// What requests of HTTP/1 may look like.
  Http1Syntax syntax() {
    return syntax;
  }

  /// Cells of [Http1Stats].
  StatCells http1Cells() {
    return http1Cells;
  }

  int bufferLimit() {
    var limit = listener.bufferLimitBytes();
    return limit == 0 ? Integer.MAX_VALUE : limit;
  }
}
