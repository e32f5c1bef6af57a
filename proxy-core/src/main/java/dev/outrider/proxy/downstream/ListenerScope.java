package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.downstream.arrival.ArrivalFilters;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;

/// What the filter chains of a listener share on one worker: its statistics, its access logs and
/// the count of its connections. Counted: lives as long as the listener or one of its chains.
final class ListenerScope {
  private final ServingContext context;
  private final ListenerConfig config;
  private final StatOwner owner;
  private final StatCells cells;
  private final List<AccessLogger> loggers;
  private final ArrivalFilters filters;
  private final ConnectionBudget.OfListener connections;
  private int users = 1;

  ListenerScope(ServingContext context, ListenerConfig config) {
    this.context = context;
    this.config = config;
    this.owner =
        context.registry().owner(ListenerStats.TEMPLATE, "listener." + config.statPrefix());
    this.cells = owner.cells(context.loop().index());
    this.loggers =
        config.accessLogs().stream().map(logger -> logger.onLoop(context.loop())).toList();
    this.filters =
        new ArrivalFilters(
            config.filters(),
            context.listenerFilters(),
            context.registry(),
            context.loop().index());
    this.connections = context.connections().acquire(config.name());
  }

  ListenerScope retain() {
    users++;
    return this;
  }

  void release() {
    if (--users == 0) {
      loggers.forEach(AccessLogger::leave);
      owner.release();
      filters.release();
      context.connections().release(connections);
    }
  }

  ServingContext context() {
    return context;
  }

  ListenerConfig config() {
    return config;
  }

  ArrivalFilters filters() {
    return filters;
  }

  /// How many it has on all workers.
  ConnectionBudget.OfListener connections() {
    return connections;
  }

  /// What all loops count, of [ListenerStats].
  StatOwner stats() {
    return owner;
  }

  /// Cells of [ListenerStats].
  StatCells cells() {
    return cells;
  }

  /// What is known about a connection from its start.
  StreamInfo streamInfo(ConnectionInfo connection, long startNanos) {
    var info = new StreamInfo();
    info.reset(connection, connection.id());
    info.runtime(context.runtime().current());
    var clock = context.loop().clock();
    info.times().started(clock.epochMicros() - (clock.nanoTime() - startNanos) / 1_000, startNanos);
    return info;
  }

  boolean logs() {
    return !loggers.isEmpty();
  }

  /// A connection has ended.
  void log(StreamInfo connection) {
    for (var logger : loggers) {
      logger.log(connection);
    }
  }
}
