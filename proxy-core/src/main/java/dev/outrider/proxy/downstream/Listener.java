package dev.outrider.proxy.downstream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.downstream.arrival.Arrival;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.overload.LoadShedPoint;
import dev.outrider.proxy.overload.TimeoutScaling;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.ResponseFlag;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One listener on one worker: gives each accepted connection to the filter chain that is for it.
/// An update that keeps the address keeps the chains that did not change, with their connections;
/// those of the others drain on the chain they have.
public final class Listener {
  /// Of the listening channel of a pipe: its address, which is not the name that it was bound by.
  public static final AttributeKey<HostPort> PIPE = AttributeKey.valueOf(Listener.class, "pipe");

  private final ServingContext context;
  private final Function<HostPort, @Nullable Listener> others;
  private final Set<ArrivingConnection> arriving = new LinkedHashSet<>();
  private final List<Retired> retired = new ArrayList<>();
  private IdentityHashMap<FilterChain, ServedChain> chains = new IdentityHashMap<>();
  private ListenerConfig config;
  private ListenerScope scope;
  private long accepted;

  /// One that hands no connections over.
  public Listener(ServingContext context, ListenerConfig config) {
    this(context, config, _ -> null);
  }

  /// @param others finds the listener that is for a restored destination
  public Listener(
      ServingContext context,
      ListenerConfig config,
      Function<HostPort, @Nullable Listener> others) {
    this.context = context;
    this.config = config;
    this.others = others;
    this.scope = new ListenerScope(context, config);
    config.chains().all().forEach(c -> chains.computeIfAbsent(c, _ -> ServedChain.of(scope, c)));
  }

  public ListenerConfig config() {
    return config;
  }

  /// Takes a connection that was accepted; its channel has no handler yet.
  public void accept(Channel channel) {
    context.loop().assertOnLoop();
    if (!admit(channel)) {
      channel.close();
      return;
    }
    var arrival =
        new Arrival(
            SocketAddresses.local(channel),
            SocketAddresses.remote(channel),
            () -> SocketAddresses.originalDestination(channel));
    take(channel, arrival, context.loop().clock().nanoTime(), Unpooled.EMPTY_BUFFER);
  }

  /// So many connections waited at one of its sockets and came in together.
  public void onAccepted(int count) {
    scope.cells().record(ListenerStats.CONNECTIONS_ACCEPTED_PER_SOCKET_EVENT, count);
  }

  /// The system had no descriptor for a connection, which waits until it has.
  public void onAcceptFailed() {
    scope.cells().inc(ListenerStats.CX_ACCEPT_ERROR);
  }

  /// Whether the limits leave room for it, which is then its own until it ends.
  private boolean admit(Channel channel) {
    var budget = context.connections();
    var runtime = context.runtime().current();
    var exempt = config.exempt();
    if (!exempt && !budget.take(runtime)) {
      scope.cells().inc(ListenerStats.GLOBAL_CX_OVERFLOW);
      return false;
    }
    if (context.overload().rejectsConnection()
        || context.overload().sheds(LoadShedPoint.TCP_LISTENER_ACCEPT)) {
      if (!exempt) {
        budget.giveBack();
      }
      scope.cells().inc(ListenerStats.CX_OVERLOAD_REJECT);
      return false;
    }
    var own = scope.connections();
    if (!own.take(runtime)) {
      if (!exempt) {
        budget.giveBack();
      }
      scope.cells().inc(ListenerStats.CX_OVERFLOW);
      return false;
    }
    channel.closeFuture().addListener(_ -> giveBack(exempt ? null : budget, own));
    return true;
  }

  private static void giveBack(@Nullable ConnectionBudget all, ConnectionBudget.OfListener own) {
    if (all != null) {
      all.giveBack();
    }
    own.giveBack();
  }

  /// *Takes* what has been read of it already.
  private void take(Channel channel, Arrival arrival, long startNanos, ByteBuf seen) {
    if (chains.isEmpty()) { // came while the socket was being closed
      seen.release();
      channel.close();
    } else if (!scope.filters().complete()) {
      seen.release();
      refuse(channel, arrival, startNanos);
    } else if (scope.filters().isEmpty()) {
      serve(channel, arrival, startNanos, seen.isReadable());
      if (seen.isReadable()) {
        channel.pipeline().fireChannelRead(seen).fireChannelReadComplete();
      } else {
        seen.release();
      }
    } else {
      var connection = new ArrivingConnection(this, scope, channel, arrival, startNanos);
      arriving.add(connection);
      connection.begin(seen);
    }
  }

  /// Its listener filters have done their work. *Takes* the bytes that they have left.
  void arrived(ArrivingConnection connection, Arrival arrival, long startNanos, ByteBuf seen) {
    arriving.remove(connection);
    var other = destination(arrival);
    if (chains.isEmpty() && (other == null || other == this)) { // the listener went meanwhile
      connection.leave();
      seen.release();
      connection.channel().close();
    } else if (other == null || other == this) {
      serve(connection.channel(), arrival, startNanos, seen.isReadable());
      connection.handOn(seen);
    } else {
      connection.leave();
      other.take(connection.channel(), arrival, startNanos, seen);
    }
  }

  /// Its listener filters, its client or its time have ended it.
  void closed(ArrivingConnection connection) {
    arriving.remove(connection);
  }

  private @Nullable Listener destination(Arrival arrival) {
    return config.filters().useOriginalDst() && arrival.localRestored()
        ? others.apply(arrival.local())
        : null;
  }

  /// Gives the connection to its chain.
  ///
  /// @param seen whether something has been read of it
  private void serve(Channel channel, Arrival arrival, long startNanos, boolean seen) {
    var connection = info(arrival);
    var chain = config.chains().find(connection);
    if (chain == null) {
      if (seen) {
        ArrivingConnection.resetOnClose(channel);
      }
      refuse(channel, connection, startNanos);
    } else {
      served(chain).accept(channel, connection, startNanos);
    }
  }

  ConnectionInfo info(Arrival arrival) {
    var id = ++accepted << 16 | (config.name().hashCode() & 0xff) << 8 | context.loop().index();
    return new ConnectionInfo(
        id, arrival.addresses(), arrival.detected(), config.info(), new FilterState());
  }

  private ServedChain served(FilterChain chain) {
    var served = chains.get(chain);
    if (served == null) {
      throw new IllegalStateException("chain '" + chain.name() + "' is not served");
    }
    return served;
  }

  /// A listener filter is not there yet.
  private void refuse(Channel channel, Arrival arrival, long startNanos) {
    scope.cells().inc(ListenerStats.FILTER_CONFIG_MISSING);
    if (scope.logs()) {
      var info = scope.streamInfo(info(arrival), startNanos);
      info.times().ended(context.loop().clock().nanoTime());
      scope.log(info);
    }
    channel.close();
  }

  private void refuse(Channel channel, ConnectionInfo connection, long startNanos) {
    scope.cells().inc(ListenerStats.NO_CHAIN_MATCH);
    if (scope.logs()) {
      var info = scope.streamInfo(connection, startNanos);
      info.flags().raise(ResponseFlag.NO_ROUTE_FOUND);
      info.details("filter_chain_not_found");
      info.times().ended(context.loop().clock().nanoTime());
      scope.log(info);
    }
    channel.close();
  }

  /// Takes a newer version with the same address.
  public void update(ListenerConfig newConfig) {
    context.loop().assertOnLoop();
    var before = chains;
    var oldScope = scope;
    var inPlace = config.differsInChainsOnly(newConfig);
    scope = inPlace ? oldScope : new ListenerScope(context, newConfig);
    config = newConfig;
    chains = new IdentityHashMap<>();
    for (var chain : newConfig.chains().all()) {
      var kept = inPlace ? before.remove(chain) : null;
      chains.computeIfAbsent(chain, c -> kept == null ? ServedChain.of(scope, c) : kept);
    }
    before.values().forEach(this::retire);
    if (!inPlace) {
      oldScope.release();
    }
  }

  /// Accepts nothing more; the connections that are there may end by themselves for the drain time.
  public void retire() {
    if (!chains.isEmpty()) {
      chains.values().forEach(this::retire);
      chains = new IdentityHashMap<>();
      scope.release();
    }
  }

  /// Nothing more is accepted, but the listener stays: connections that are there may go on for as
  /// long as they like if they do not take the hint of their responses.
  public void stop() {
    context.loop().assertOnLoop();
    chains.values().forEach(ServedChain::drain);
  }

  /// The process ends: what is idle is closed at once, the rest with its current exchange.
  public void endSoon() {
    retire();
    closeArriving();
    retired.forEach(old -> old.chain.endSoon());
  }

  /// Ends every connection.
  public void closeAll() {
    closeArriving();
    chains.values().forEach(ServedChain::closeAll);
    List.copyOf(retired).forEach(old -> old.chain.closeAll());
  }

  /// Timeouts count otherwise from now on.
  public void onTimeoutsScaled(TimeoutScaling before, TimeoutScaling after) {
    chains.values().forEach(chain -> chain.onTimeoutsScaled(before, after));
    retired.forEach(old -> old.chain.onTimeoutsScaled(before, after));
  }

  private void closeArriving() {
    List.copyOf(arriving).forEach(ArrivingConnection::closeNow);
  }

  /// Connections on all versions of all chains, and those that have none yet.
  public int connectionCount() {
    var count = arriving.size();
    for (var chain : chains.values()) {
      count += chain.connectionCount();
    }
    for (var old : retired) {
      count += old.chain.connectionCount();
    }
    return count;
  }

  private void retire(ServedChain old) {
    old.retire();
    retired.removeIf(Retired::ended);
    retired.add(new Retired(old));
  }

  /// A chain that no new connection gets, with the end of its patience.
  private final class Retired {
    private final ServedChain chain;
    private final Timer patience;

    Retired(ServedChain chain) {
      this.chain = chain;
      this.patience = context.loop().timers().newTimer(this::end);
      patience.arm(context.drain().options().time().toMillis());
    }

    /// Whether its last connection is gone; then nothing is waited for.
    private boolean ended() {
      var ended = chain.connectionCount() == 0;
      if (ended) {
        patience.cancel();
      }
      return ended;
    }

    private void end() {
      chain.closeAll();
      retired.remove(this);
    }
  }
}
