package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.downstream.Listener;
import dev.outrider.proxy.downstream.ServingContext;
import dev.outrider.proxy.loop.Timer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The listeners of one worker and their sockets. A new version with the same address takes the
/// socket over.
final class Listeners {
  private static final long DRAIN_CHECK_MILLIS = 50;

  private final ServingContext context;
  private final EventLoop eventLoop;
  private final Transport transport;
  private final Map<String, Bound> byName = new HashMap<>();
  private final List<Listener> leaving = new ArrayList<>();

  Listeners(ServingContext context, EventLoop eventLoop, Transport transport) {
    this.context = context;
    this.eventLoop = eventLoop;
    this.transport = transport;
  }

  void put(ListenerConfig config, ApplyReport.Collector report) {
    var known = byName.get(config.name());
    if (known != null && sameSocket(known.listener.config(), config)) {
      known.listener.update(config);
      return;
    }
    var newcomer = isNewcomer(config);
    remove(config.name());
    report.asked();
    if (newcomer) {
      bindIfFree(config, report);
    } else {
      bind(config, report);
    }
  }

  /// True on the first worker, which goes ahead, for an address that this process does not hold
  /// yet.
  private boolean isNewcomer(ListenerConfig config) {
    return context.loop().index() == 0
        && config.address().port() != 0
        && byName.values().stream()
            .noneMatch(bound -> bound.listener.config().address().equals(config.address()));
  }

  /// Sockets that share a port would let a second process take half of the first one's clients
  /// without a word, so the address is first bound by a socket that shares with nobody.
  private void bindIfFree(ListenerConfig config, ApplyReport.Collector report) {
    var probe = transport.bindAlone(eventLoop, config.address(), Channel::close);
    probe.addListener(
        _ -> {
          if (probe.isSuccess()) {
            probe.channel().close().addListener(_ -> bind(config, report));
          } else {
            report.failed(config.name(), failure(config, probe.cause()));
          }
        });
  }

  private void bind(ListenerConfig config, ApplyReport.Collector report) {
    var listener = new Listener(context, config);
    var binding = new Transport.Binding(config.backlog(), config.bufferLimitBytes());
    var future =
        transport.bind(eventLoop, config.address(), binding, channel -> accept(listener, channel));
    byName.put(config.name(), new Bound(listener, future.channel()));
    future.addListener(_ -> onBound(config, future, report));
  }

  private static boolean sameSocket(ListenerConfig known, ListenerConfig next) {
    return known.address().equals(next.address())
        && known.bufferLimitBytes() == next.bufferLimitBytes()
        && known.backlog() == next.backlog();
  }

  private void accept(Listener listener, Channel channel) {
    context.loop().turn().begin();
    try {
      listener.accept(channel);
    } finally {
      context.loop().turn().endAndFlush();
    }
  }

  private void onBound(ListenerConfig config, ChannelFuture future, ApplyReport.Collector report) {
    if (future.isSuccess() && future.channel().localAddress() instanceof InetSocketAddress bound) {
      report.bound(
          config.name(), new HostPort(bound.getAddress().getHostAddress(), bound.getPort()));
    } else {
      var known = byName.get(config.name());
      if (known != null && known.socket.equals(future.channel())) {
        byName.remove(config.name());
        known.listener.retire();
      }
      report.failed(config.name(), failure(config, future.cause()));
    }
  }

  private static String failure(ListenerConfig config, Throwable cause) {
    var message = String.valueOf(cause.getMessage());
    var reason = message.contains("Address already in use") ? "address already in use" : message;
    return "listener '" + config.name() + "' cannot bind " + config.address() + ": " + reason;
  }

  void remove(String name) {
    var known = byName.remove(name);
    if (known != null) {
      known.socket.close();
      known.listener.retire();
      leaving.removeIf(listener -> listener.connectionCount() == 0);
      leaving.add(known.listener);
    }
  }

  void drain(Runnable done) {
    List.copyOf(byName.keySet()).forEach(this::remove);
    leaving.forEach(Listener::drain);
    new DrainWatch(done).look();
  }

  void closeAll() {
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

  private record Bound(Listener listener, Channel socket) {}

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
