package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.overload.TimeoutScaling;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.tls.SocketFactoryStats;
import dev.outrider.proxy.tls.TlsStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One version of a filter chain as one worker serves it: its connections, and what they would
/// otherwise look up. Lives until it was retired and its last connection has ended; then filters
/// and statistics go back.
abstract sealed class ServedChain permits HttpChain, TcpChain {
  /// A client that sends one request after the other has sent another one by then, and is told with
  /// its answer; who says nothing loses nothing. To close at once would answer some with a reset.
  private static final long LAST_REQUEST_MILLIS = 250;

  private final ListenerScope scope;
  private final ServingContext context;
  private final FilterChain chain;
  private final List<NetworkFilterFactory> leased = new ArrayList<>(0);
  private final List<WorkerNetworkFilterFactory> networkFilters = new ArrayList<>(0);
  private final List<StatOwner> owners = new ArrayList<>();
  private final Set<ServedConnection> connections = new LinkedHashSet<>();
  private final @Nullable StatOwner tlsStats;
  private final @Nullable StatOwner socketStats;
  private @Nullable DrainSequence drain;
  private boolean retired;
  private boolean ending;
  private boolean released;

  ServedChain(ListenerScope scope, FilterChain chain) {
    this.scope = scope.retain();
    this.context = scope.context();
    this.chain = chain;
    for (var entry : chain.filters()) {
      leased.add(entry.factory());
      networkFilters.add(context.networkFilters().acquire(entry.factory()));
    }
    var tls = chain.tls();
    if (tls == null) {
      this.tlsStats = null;
      this.socketStats = null;
    } else {
      tls.server().retain();
      var prefix = "listener." + scope.config().statPrefix();
      this.tlsStats = owner(TlsStats.TEMPLATE, prefix + ".ssl");
      this.socketStats = owner(SocketFactoryStats.TEMPLATE, prefix + ".server_ssl_socket_factory");
    }
  }

  static ServedChain of(ListenerScope scope, FilterChain chain) {
    var http = chain.http();
    return http == null ? new TcpChain(scope, chain) : new HttpChain(scope, chain, http);
  }

  /// Takes a connection that was accepted; its channel has no handler but those that have looked at
  /// its first bytes.
  final void accept(Channel channel, ConnectionInfo info, long startNanos) {
    if (lacksFilter()) {
      refuse(channel, info, startNanos);
      return;
    }
    connectionOpened();
    var tls = chain.tls();
    if (tls == null) {
      serve(channel, info, startNanos);
    } else {
      var patience = tls.handshakeTimeoutMillis();
      var millis =
          patience > 0
              ? context.overload().scaled(ScaledTimeout.TRANSPORT_SOCKET_CONNECT, patience)
              : idleMillis();
      TlsHandshake.begin(this, tls.server(), millis, channel, info, startNanos);
    }
  }

  private boolean lacksFilter() {
    for (var filter : networkFilters) {
      if (filter.missing()) {
        return true;
      }
    }
    return false;
  }

  /// The configuration of a network filter is not there yet: as in Envoy the listener alone counts
  /// and logs the connection, whose TLS does not begin.
  private void refuse(Channel channel, ConnectionInfo connection, long startNanos) {
    var now = context.loop().clock().nanoTime();
    scope.cells().inc(ListenerStats.NETWORK_FILTER_CONFIG_MISSING);
    scope.cells().inc(ListenerStats.CX_TOTAL);
    scope.cells().inc(ListenerStats.CX_DESTROY);
    scope.cells().record(ListenerStats.CX_LENGTH_MS, (now - startNanos) / 1_000_000);
    if (scope.logs()) {
      var info = scope.streamInfo(connection, startNanos);
      info.filterChainName(chain.name());
      info.localCloseReason("no_filters");
      info.times().ended(now);
      scope.log(info);
    }
    channel.close();
  }

  /// Counts a connection.
  abstract void connectionOpened();

  /// Counts the end of a connection that was not served yet.
  abstract void connectionClosed(boolean byPeer, long millis);

  /// Puts the chain's handlers behind those that are there: from now on the bytes are clear.
  abstract void serve(Channel channel, ConnectionInfo info, long startNanos);

  /// A secured client has said all it has to say.
  abstract void onClientDone(ChannelHandlerContext behind);

  /// How long nothing may happen; 0 = for ever.
  abstract long idleMillis();

  /// No connection will come any more: what the subclass has leased is told.
  abstract void onRetired();

  /// The chain has ended: what the subclass has leased goes back.
  abstract void onReleased();

  final StatCells lease(StatTemplate template, String prefix) {
    return owner(template, prefix).cells(context.loop().index());
  }

  private StatOwner owner(StatTemplate template, String prefix) {
    var owner = context.registry().owner(template, prefix);
    owners.add(owner);
    return owner;
  }

  final boolean secured() {
    return chain.tls() != null;
  }

  /// Of [TlsStats]; only of a chain that is secured.
  final StatOwner tlsStats() {
    return Objects.requireNonNull(tlsStats, "in plain text");
  }

  /// Of [SocketFactoryStats]; only of a chain that is secured.
  final StatOwner socketStats() {
    return Objects.requireNonNull(socketStats, "in plain text");
  }

  /// A newer version takes the connections from now on, or the listener is gone.
  final void retire() {
    retired = true;
    drain();
    leased.forEach(context.networkFilters()::retire);
    onRetired();
    releaseIfUnused();
  }

  /// From now on its responses may be the last of their connections; again changes nothing. As in
  /// Envoy a connection on which nothing runs is not told.
  final void drain() {
    if (drain == null) {
      drain = context.drain().sequence();
    }
  }

  final void onTimeoutsScaled(TimeoutScaling before, TimeoutScaling after) {
    connections.forEach(connection -> connection.onTimeoutsScaled(before, after));
  }

  /// Ends the connections that are left.
  final void closeAll() {
    List.copyOf(connections).forEach(ServedConnection::closeNow);
  }

  /// The process ends: connections go with their current exchange, or with the next one if a
  /// request is on its way; soon if nothing runs on them.
  final void endSoon() {
    ending = true;
    List.copyOf(connections).forEach(ServedConnection::onProcessEnds);
    if (!connections.isEmpty()) {
      context.loop().timers().newTimer(this::closeIdle).arm(LAST_REQUEST_MILLIS);
    }
  }

  private void closeIdle() {
    List.copyOf(connections).forEach(ServedConnection::closeIfIdle);
  }

  /// Whether the response that begins now should be the last of its connection (Envoy
  /// `DrainDecision::drainClose`): a matter of chance, to be asked once for each response.
  final boolean drainCloses() {
    return ending || context.drain().endsNow(scope.config(), drain);
  }

  final boolean retired() {
    return retired;
  }

  final void opened(ServedConnection connection) {
    connections.add(connection);
  }

  final void closed(ServedConnection connection) {
    connections.remove(connection);
    releaseIfUnused();
  }

  final int connectionCount() {
    return connections.size();
  }

  private void releaseIfUnused() {
    if (retired && !released && connections.isEmpty()) {
      released = true;
      leased.forEach(context.networkFilters()::release);
      leased.clear();
      onReleased();
      if (chain.tls() != null) {
        chain.tls().server().release();
      }
      owners.forEach(StatOwner::release);
      owners.clear();
      scope.release();
    }
  }

  final ServingContext context() {
    return context;
  }

  final ListenerScope scope() {
    return scope;
  }

  final String name() {
    return chain.name();
  }

  /// In configured order; without an HTTP connection manager.
  final List<WorkerNetworkFilterFactory> networkFilters() {
    return networkFilters;
  }

  final int bufferLimit() {
    var limit = scope.config().bufferLimitBytes();
    return limit == 0 ? Integer.MAX_VALUE : limit;
  }
}
