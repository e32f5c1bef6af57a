package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.FamilyOrder;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Connects to an endpoint that has several addresses: the next one is tried when the one before it
/// has failed or has said nothing for a while, and the first connection counts (RFC 8305, as Envoy
/// does it). On one loop.
final class AddressRace {
  private static final long PATIENCE_MILLIS = 300;

  /// Told once, outside any turn.
  interface Outcome {
    /// The channel has no handler yet.
    void onWon(Channel channel);

    /// No address has answered.
    ///
    /// @param cause of the one that failed last
    void onLost(Throwable cause);
  }

  /// How to connect.
  record Course(Connector connector, ConnectionOptions options, int bufferLimitBytes) {}

  private final Course course;
  private final Deque<HostPort> left;
  private final Outcome outcome;
  private final Timer patience;
  private final List<ChannelFuture> running = new ArrayList<>();
  private boolean over;

  AddressRace(Course course, List<HostPort> addresses, Timers timers, Outcome outcome) {
    this.course = course;
    this.left = new ArrayDeque<>(inTurns(addresses, course.options.order()));
    this.outcome = outcome;
    this.patience = timers.newTimer(this::next);
  }

  /// The families take turns.
  static List<HostPort> inTurns(List<HostPort> addresses, FamilyOrder order) {
    var first = order.v6(addresses.getFirst());
    var same = new ArrayDeque<HostPort>();
    var other = new ArrayDeque<HostPort>();
    addresses.forEach(each -> (each.ip().v6() == first ? same : other).add(each));
    var ordered = new ArrayList<HostPort>();
    while (!same.isEmpty() || !other.isEmpty()) {
      for (var i = 0; i < order.count() && !same.isEmpty(); i++) {
        ordered.add(same.remove());
      }
      if (!other.isEmpty()) {
        ordered.add(other.remove());
      }
    }
    return ordered;
  }

  void start() {
    next();
  }

  /// Nobody wants a connection any more. Nothing is told.
  void cancel() {
    over = true;
    patience.cancel();
    running.forEach(future -> future.channel().close());
    running.clear();
  }

  private void next() {
    var address = left.poll();
    if (over || address == null) {
      return;
    }
    if (!left.isEmpty()) {
      patience.arm(PATIENCE_MILLIS);
    }
    var future =
        course.connector.connect(
            address,
            course.options.sockets(),
            new ChannelInboundHandlerAdapter(),
            course.bufferLimitBytes);
    running.add(future);
    future.addListener(_ -> onDone(future));
  }

  private void onDone(ChannelFuture future) {
    if (over) {
      future.channel().close();
      return;
    }
    running.remove(future);
    if (future.isSuccess()) {
      cancel();
      outcome.onWon(future.channel());
    } else if (!left.isEmpty()) {
      next();
    } else if (running.isEmpty()) {
      over = true;
      outcome.onLost(future.cause());
    }
  }
}
