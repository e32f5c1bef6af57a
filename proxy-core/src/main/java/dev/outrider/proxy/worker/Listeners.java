package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.downstream.Listener;
import dev.outrider.proxy.downstream.ServingContext;
import dev.outrider.proxy.loop.Timer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
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

  private final ServingContext context;
  private final EventLoop eventLoop;
  private final Transport transport;
  private final Map<String, Bound> byName = new HashMap<>();
  private final Map<String, Attempt> binding = new HashMap<>();
  private final List<Listener> leaving = new ArrayList<>();
  private @Nullable DrainScope stopped;

  Listeners(ServingContext context, EventLoop eventLoop, Transport transport) {
    this.context = context;
    this.eventLoop = eventLoop;
    this.transport = transport;
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
    binding.put(config.name(), attempt);
    report.asked();
    if (!config.bound()) {
      onBound(attempt, new Bound(listener(config), null, config.address()));
    } else if (isNewcomer(config)) {
      bindIfFree(attempt);
    } else {
      bind(attempt);
    }
  }

  /// True on the first worker, which goes ahead, for an address that this process does not hold
  /// yet.
  private boolean isNewcomer(ListenerConfig config) {
    return context.loop().index() == 0
        && config.address().port() != 0
        && byName.values().stream().noneMatch(bound -> bound.address.equals(config.address()));
  }

  /// Sockets that share a port would let a second process take half of the first one's clients
  /// without a word, so the address is first bound by a socket that shares with nobody.
  private void bindIfFree(Attempt attempt) {
    var probe = transport.bindAlone(eventLoop, attempt.config.address(), Channel::close);
    probe.addListener(
        _ -> {
          if (probe.isSuccess()) {
            probe.channel().close().addListener(_ -> bind(attempt));
          } else {
            onFailed(attempt, probe.cause());
          }
        });
  }

  private void bind(Attempt attempt) {
    var config = attempt.config;
    var listener = listener(config);
    var options = new Transport.Binding(config.backlog(), config.bufferLimitBytes());
    var future =
        transport.bind(eventLoop, config.address(), options, channel -> accept(listener, channel));
    future.addListener(
        _ -> {
          if (future.isSuccess()
              && future.channel().localAddress() instanceof InetSocketAddress bound) {
            onBound(attempt, new Bound(listener, future.channel(), hostPort(bound)));
          } else {
            listener.retire();
            onFailed(attempt, future.cause());
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
      var address = bound.address;
      if (address.equals(destination)) {
        return bound.listener;
      }
      if (address.port() == destination.port() && isWildcard(address, destination)) {
        everywhere = bound.listener;
      }
    }
    return everywhere;
  }

  private static boolean isWildcard(HostPort address, HostPort destination) {
    var v6 = destination.host().indexOf(':') >= 0;
    return address.host().equals(v6 ? "::" : "0.0.0.0");
  }

  private void accept(Listener listener, Channel channel) {
    context.loop().turn().begin();
    try {
      listener.accept(channel);
    } finally {
      context.loop().turn().endAndFlush();
    }
  }

  private void onBound(Attempt attempt, Bound bound) {
    var name = attempt.config.name();
    if (binding.remove(name, attempt)) {
      var old = byName.put(name, bound);
      if (old != null) {
        leave(old);
      }
      attempt.report.bound(name, bound.address);
    } else {
      leave(bound);
      attempt.report.failed(name, "listener '" + name + "' was replaced before it was bound");
    }
  }

  private void onFailed(Attempt attempt, Throwable cause) {
    binding.remove(attempt.config.name(), attempt);
    attempt.report.failed(attempt.config.name(), failure(attempt.config, cause));
  }

  private static String failure(ListenerConfig config, Throwable cause) {
    var message = String.valueOf(cause.getMessage());
    var reason = message.contains("Address already in use") ? "address already in use" : message;
    return "listener '" + config.name() + "' cannot bind " + config.address() + ": " + reason;
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

  void endSoon(Runnable done) {
    binding.clear();
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

  private static HostPort hostPort(InetSocketAddress address) {
    return new HostPort(address.getAddress().getHostAddress(), address.getPort());
  }

  /// @param socket null if the listener is not bound
  /// @param address where the socket really is: the system may have chosen the port
  private record Bound(Listener listener, @Nullable Channel socket, HostPort address) {
    void close() {
      if (socket != null) {
        socket.close();
      }
    }

    boolean isOpen() {
      return socket != null && socket.isOpen();
    }

    /// Whether the new version can have this socket.
    boolean serves(ListenerConfig next) {
      var now = listener.config();
      var sameAddress = now.address().equals(next.address()) || address.equals(next.address());
      return sameAddress
          && now.bound() == next.bound()
          && now.bufferLimitBytes() == next.bufferLimitBytes()
          && now.backlog() == next.backlog();
    }
  }

  /// A listener on its way to a socket.
  private static final class Attempt {
    private final ListenerConfig config;
    private final ApplyReport.Collector report;

    Attempt(ListenerConfig config, ApplyReport.Collector report) {
      this.config = config;
      this.report = report;
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
