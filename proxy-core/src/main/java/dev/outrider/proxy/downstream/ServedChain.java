package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import dev.outrider.proxy.stream.ConnectionInfo;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One version of a filter chain as one worker serves it: its connections, and what they would
/// otherwise look up. Lives until it was retired and its last connection has ended; then filters
/// and statistics go back.
abstract sealed class ServedChain permits HttpChain, TcpChain {
  private final ServingContext context;
  private final ListenerConfig listener;
  private final FilterChain chain;
  private final List<NetworkFilterFactory> leased = new ArrayList<>(0);
  private final List<WorkerNetworkFilterFactory> networkFilters = new ArrayList<>(0);
  private final List<StatOwner> owners = new ArrayList<>();
  private final Set<ServedConnection> connections = new LinkedHashSet<>();
  private @Nullable DrainSequence drain;
  private boolean retired;
  private boolean ending;

  ServedChain(ServingContext context, ListenerConfig listener) {
    this.context = context;
    this.listener = listener;
    this.chain = listener.chain();
    for (var entry : chain.filters()) {
      leased.add(entry.factory());
      networkFilters.add(context.networkFilters().acquire(entry.factory()));
    }
  }

  static ServedChain of(ServingContext context, ListenerConfig listener) {
    var http = listener.chain().http();
    return http == null ? new TcpChain(context, listener) : new HttpChain(context, listener, http);
  }

  /// Takes a connection that was accepted; its channel has no handler yet.
  abstract void accept(Channel channel, ConnectionInfo info, long startNanos);

  /// No connection will come any more: what the subclass has leased is told.
  abstract void onRetired();

  /// The chain has ended: what the subclass has leased goes back.
  abstract void onReleased();

  final StatCells lease(StatTemplate template, String prefix) {
    var owner = context.registry().owner(template, prefix);
    owners.add(owner);
    return owner.cells(context.loop().index());
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

  /// Ends the connections that are left.
  final void closeAll() {
    List.copyOf(connections).forEach(ServedConnection::closeNow);
  }

  /// The process ends: connections go with their current exchange, and at once if nothing runs on
  /// them.
  final void endSoon() {
    ending = true;
    List.copyOf(connections).forEach(ServedConnection::closeIfIdle);
  }

  /// Whether the response that begins now should be the last of its connection (Envoy
  /// `DrainDecision::drainClose`): a matter of chance, to be asked once for each response.
  final boolean drainCloses() {
    return ending || context.drain().endsNow(listener, drain);
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
    if (retired && connections.isEmpty()) {
      leased.forEach(context.networkFilters()::release);
      leased.clear();
      onReleased();
      owners.forEach(StatOwner::release);
      owners.clear();
    }
  }

  final ServingContext context() {
    return context;
  }

  final ListenerConfig listener() {
    return listener;
  }

  final String name() {
    return chain.name();
  }

  /// In configured order; without an HTTP connection manager.
  final List<WorkerNetworkFilterFactory> networkFilters() {
    return networkFilters;
  }

  final int bufferLimit() {
    var limit = listener.bufferLimitBytes();
    return limit == 0 ? Integer.MAX_VALUE : limit;
  }
}
