package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.downstream.Listener;
import dev.outrider.proxy.downstream.ServingContext;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.overload.TimeoutScaling;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listeners of one worker and their sockets. A new version with the same address takes the
/// socket over.
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final long DRAIN_CHECK_MILLIS = 50;
  private static final long QUEUE_CHECK_MILLIS = 10;
  private static final int MOST_QUEUE_CHECKS = 100;

  /// In Envoy's words.
  private static final String STUCK =
      "doesn't support update any socket options when the reuse port isn't enabled";

  private final ServingContext context;
  private final SocketOpener sockets;
  private final Map<String, Bound> byName = new HashMap<>();
  private final Map<String, Attempt> binding = new HashMap<>();
  private final List<Listener> leaving = new ArrayList<>();
  private @Nullable DrainScope stopped;
  private long accepted;

  Listeners(ServingContext context, SocketOpener sockets) {
    this.context = context;
    this.sockets = sockets;
  }

  /// Serves a new listener or version. One that needs another socket replaces the old one when its
  /// own is bound; if that fails, the old one goes on.
  void put(ListenerConfig config, ApplyReport.Collector report) {
    if (stopped != null && stopped.covers(config)) {
      LOG.info("listener '{}' is not taken: listeners have been stopped", config.name());
      return;
    }
    var known = byName.get(config.name());
    if (known != null && known.serves(config)) {
      binding.remove(config.name());
      known.listener.update(config);
      return;
    }
    var attempt = new Attempt(config, report);
    if (known != null && known.isStuck(config)) {
      report.asked();
      report.failed(config.name(), failure(config, config.address(), STUCK));
      return;
    }
    binding.put(config.name(), attempt);
    report.asked();
    if (config.binding().bound()) {
      open(attempt);
    } else {
      onBound(attempt, new Bound(listener(config), List.of()));
    }
  }

  private void open(Attempt attempt) {
    var config = attempt.config;
    var listener = listener(config);
    var wish =
        new SocketOpener.Wish(
            config,
            context.loop().index() == 0,
            address -> byName.values().stream().anyMatch(bound -> bound.isAt(address)),
            channel -> accept(listener, channel),
            new Events(listener));
    sockets.open(
        wish,
        new SocketOpener.Outcome() {
          @Override
          public void onOpened(List<ListeningSocket> opened) {
            onBound(attempt, new Bound(listener, opened));
          }

          @Override
          public void onFailed(HostPort address, Throwable cause) {
            binding.remove(config.name(), attempt);
            leave(new Bound(listener, List.of()));
            listener.closeAll(); // an address that could be bound may have been served meanwhile
            var why = String.valueOf(cause.getMessage());
            attempt.report.failed(config.name(), failure(config, address, why));
          }
        });
  }

  private Listener listener(ListenerConfig config) {
    return new Listener(context, config, this::at);
  }

  /// Who is for a destination: the listener at that address, or else at that port of all addresses.
  private @Nullable Listener at(HostPort destination) {
    Listener everywhere = null;
    for (var bound : byName.values()) {
      for (var address : bound.addresses()) {
        if (address.equals(destination)) {
          return bound.listener;
        }
        if (address.port() == destination.port() && isWildcard(address, destination)) {
          everywhere = bound.listener;
        }
      }
    }
    return everywhere;
  }

  private static boolean isWildcard(HostPort address, HostPort destination) {
    var v6 = destination.host().indexOf(':') >= 0;
    return address.host().equals(v6 ? "::" : "0.0.0.0");
  }

  private void accept(Listener listener, Channel channel) {
    accepted++;
    context.loop().turn().begin();
    try {
      sockets.prepare(channel, listener.config().bufferLimitBytes());
      listener.accept(channel);
    } finally {
      context.loop().turn().endAndFlush();
    }
  }

  private void onBound(Attempt attempt, Bound bound) {
    var name = attempt.config.name();
    if (binding.remove(name, attempt)) {
      var old = byName.put(name, bound);
      if (context.overload().stopsConnections()) {
        follow(bound);
      }
      if (old != null) {
        leave(old);
      }
      attempt.report.bound(name, bound.addresses());
    } else {
      leave(bound);
      attempt.report.failed(name, "listener '" + name + "' was replaced before it was bound");
    }
  }

  private static String failure(ListenerConfig config, HostPort address, String why) {
    var reason = why.contains("Address already in use") ? "address already in use" : why;
    return "listener '" + config.name() + "' cannot bind " + address + ": " + reason;
  }

  /// Accepts or lets clients wait, and moves timeouts, as overload says now.
  void followOverload(TimeoutScaling before) {
    byName.values().forEach(this::follow);
    var after = context.overload().timeouts();
    if (before.movesConnections(after)) {
      byName.values().forEach(bound -> bound.listener.onTimeoutsScaled(before, after));
      leaving.forEach(listener -> listener.onTimeoutsScaled(before, after));
    }
  }

  private void follow(Bound bound) {
    var paused = context.overload().stopsConnections();
    bound.sockets.forEach(socket -> socket.pause(paused));
  }

  void remove(String name) {
    binding.remove(name);
    var known = byName.remove(name);
    if (known != null) {
      leave(known);
    }
  }

  private void leave(Bound bound) {
    bound.close();
    bound.listener.retire();
    leaving.removeIf(listener -> listener.connectionCount() == 0);
    leaving.add(bound.listener);
  }

  /// Stops accepting where it is covered, and takes no more such listeners, as Envoy does. What
  /// remains of them goes on. Returns how many have been stopped.
  int stop(DrainScope covered) {
    if (stopped != DrainScope.ALL) {
      stopped = covered;
    }
    binding.values().removeIf(attempt -> covered.covers(attempt.config));
    var count = 0;
    for (var bound : byName.values()) {
      if (bound.isOpen() && covered.covers(bound.listener.config())) {
        bound.close();
        bound.listener.stop();
        count++;
      }
    }
    return count;
  }

  /// Clients that have connected but were not accepted yet come in first: to close a socket resets
  /// those that wait at it.
  void endSoon(Runnable done) {
    binding.clear();
    new QueueWatch(() -> endNow(done)).look();
  }

  private void endNow(Runnable done) {
    List.copyOf(byName.keySet()).forEach(this::remove);
    leaving.forEach(Listener::endSoon);
    new DrainWatch(done).look();
  }

  void closeAll() {
    binding.clear();
    List.copyOf(byName.keySet()).forEach(this::remove);
    List.copyOf(leaving).forEach(Listener::closeAll);
  }

  int connectionCount() {
    var count = 0;
    for (var bound : byName.values()) {
      count += bound.listener.connectionCount();
    }
    for (var listener : leaving) {
      count += listener.connectionCount();
    }
    return count;
  }

  /// @param sockets none if the listener is not bound
  private record Bound(Listener listener, List<ListeningSocket> sockets) {
    void close() {
      sockets.forEach(ListeningSocket::close);
    }

    boolean isOpen() {
      return sockets.stream().anyMatch(ListeningSocket::isOpen);
    }

    /// Where the sockets really are; where they would be, if there are none.
    List<HostPort> addresses() {
      return sockets.isEmpty()
          ? listener.config().sockets().stream().map(ListenerSocket::address).toList()
          : sockets.stream().map(ListeningSocket::address).toList();
    }

    boolean isAt(HostPort address) {
      return addresses().contains(address);
    }

    /// Whether the new version can have these sockets.
    boolean serves(ListenerConfig next) {
      var now = listener.config();
      return now.binding().equals(next.binding())
          && (now.sockets().equals(next.sockets())
              || (now.sockets().size() == next.sockets().size()
                  && now.at(addresses()).sockets().equals(next.sockets())));
    }

    /// Whether the new version needs other sockets where there can be but one.
    boolean isStuck(ListenerConfig next) {
      var now = listener.config();
      if (!now.binding().bound() || !next.binding().bound()) {
        return false;
      }
      return next.sockets().stream()
          .map(ListenerSocket::address)
          .anyMatch(
              place ->
                  place.isFixed()
                      && isAt(place)
                      && (place.isPipe()
                          || !now.binding().reusePort()
                          || !next.binding().reusePort()));
    }
  }

  /// What happens to the sockets of a listener.
  private final class Events implements Acceptor.SocketEvents {
    private final Listener listener;

    Events(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void accepted(int count) {
      listener.onAccepted(count);
    }

    @Override
    public void acceptFailed() {
      listener.onAcceptFailed();
    }

    @Override
    public long nanoTime() {
      return context.loop().clock().nanoTime();
    }
  }

  /// A listener on its way to its sockets.
  private static final class Attempt {
    private final ListenerConfig config;
    private final ApplyReport.Collector report;

    Attempt(ListenerConfig config, ApplyReport.Collector report) {
      this.config = config;
      this.report = report;
    }
  }

  /// Looks until nobody was accepted between two looks, which the loop has used to accept; for one
  /// second at most.
  private final class QueueWatch {
    private final Runnable done;
    private final Timer timer;
    private long before = -1;
    private int looks;

    QueueWatch(Runnable done) {
      this.done = done;
      this.timer = context.loop().timers().newTimer(this::look);
    }

    void look() {
      if (accepted == before || looks == MOST_QUEUE_CHECKS) {
        done.run();
      } else {
        before = accepted;
        looks++;
        timer.arm(QUEUE_CHECK_MILLIS);
      }
    }
  }

  /// Looks until nobody is connected.
  private final class DrainWatch {
    private final Runnable done;
    private final Timer timer;

    DrainWatch(Runnable done) {
      this.done = done;
      this.timer = context.loop().timers().newTimer(this::look);
    }

    void look() {
      if (connectionCount() == 0) {
        done.run();
      } else {
        timer.arm(DRAIN_CHECK_MILLIS);
      }
    }
  }
}
