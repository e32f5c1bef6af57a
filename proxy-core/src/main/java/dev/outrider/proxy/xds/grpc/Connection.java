package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.xds.grpc.ConnectionPool.Passenger;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One channel of gRPC, which is one connection for as long as it lasts. Main loop only; what gRPC
/// says comes back as a task.
///
/// The first stream makes the channel connect, and learns why if it cannot. The others wait until
/// it is known how many the other side takes.
final class Connection implements ConnectionTap.Watch {
  private final ConnectionPool pool;
  private final @Nullable Object edition;
  private final Set<Passenger> seated = new LinkedHashSet<>();
  private final Set<Passenger> waiting = new LinkedHashSet<>();
  private @Nullable ManagedChannel channel;
  private State state = State.CONNECTING;
  private int most = 1;
  private int live;

  /// Nothing of it counts any more. Written on the main loop; read by gRPC.
  private volatile boolean over;

  private enum State {
    CONNECTING,
    CONNECTED,
    /// Takes no more streams.
    RETIRED
  }

  private Connection(ConnectionPool pool, @Nullable Object edition) {
    this.pool = pool;
    this.edition = edition;
  }

  /// One that connects when its first stream has come; null, with the reason, if none can be tried.
  static @Nullable Connection open(
      ConnectionPool pool, @Nullable Object edition, Consumer<String> why) {
    var connection = new Connection(pool, edition);
    return switch (pool.dial().open(pool.failures(), new ConnectionTap(connection))) {
      case Dial.Dialled.None(var reason) -> {
        why.accept(reason);
        yield null;
      }
      case Dial.Dialled.Line(var channel) -> {
        connection.channel = channel;
        pool.counts().begun();
        connection.watch(channel, ConnectivityState.IDLE);
        yield connection;
      }
    };
  }

  /// Whether one more may come.
  @SuppressWarnings("ReferenceEquality") // secrets that come again are another edition
  boolean admits(@Nullable Object wanted) {
    return edition == wanted
        && switch (state) {
          case CONNECTING -> true;
          case CONNECTED -> seated.size() < most;
          case RETIRED -> false;
        };
  }

  void add(Passenger passenger) {
    passenger.waitFor(this);
    waiting.add(passenger);
    fill();
  }

  private void fill() {
    while (seated.size() < most && !waiting.isEmpty()) {
      var next = waiting.iterator().next();
      waiting.remove(next);
      seated.add(next);
      next.sit(Objects.requireNonNull(channel));
    }
  }

  void remove(Passenger passenger, @Nullable Status why) {
    waiting.remove(passenger);
    var sat = seated.remove(passenger);
    if (sat && why != null && state == State.CONNECTING) {
      fail(why);
    } else if (state == State.CONNECTING) {
      fill(); // somebody else has to make it connect
    }
    if (seated.isEmpty() && waiting.isEmpty()) {
      end();
    }
  }

  private void fail(Status why) {
    state = State.RETIRED;
    pool.counts().failed();
    pool.failed(this);
    var all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(each -> each.fail(why));
  }

  private void end() {
    var open = channel;
    if (open != null) {
      channel = null;
      over = true;
      if (state == State.CONNECTING) {
        pool.counts().abandoned();
      }
      var byUs = open.getState(false) == ConnectivityState.READY; // else it is lost, and they know
      for (; live > 0; live--) {
        pool.counts().gone(byUs);
      }
      retire();
      open.shutdownNow();
    }
  }

  private void retire() {
    state = State.RETIRED;
    pool.forget(this);
  }

  @Override
  public void onConnected(int streams) {
    hop(() -> connected(streams));
  }

  private void connected(int streams) {
    if (state != State.CONNECTING) {
      pool.counts().begun(); // gRPC has connected again, for streams that came too early to know
    }
    live++;
    pool.counts().connected();
    if (state == State.CONNECTING) {
      state = State.CONNECTED;
      most = Math.max(1, streams);
      pool.connected();
      fill();
      var others = new ArrayList<>(waiting);
      waiting.clear();
      pool.moveOn(others);
    }
  }

  @Override
  public void onGone() {
    hop(
        () -> {
          live--;
          pool.counts().gone(false);
          retire();
        });
  }

  /// The other side may say that it takes no more streams while those that are open go on: then a
  /// channel is idle again, and would connect once more.
  private void watch(ManagedChannel watched, ConnectivityState last) {
    watched.notifyWhenStateChanged(last, () -> hop(() -> changed(watched, last)));
  }

  private void changed(ManagedChannel watched, ConnectivityState last) {
    var now = watched.getState(false);
    if (last == ConnectivityState.READY && now != last) {
      retire();
    } else {
      watch(watched, now);
    }
  }

  /// The main loop may have ended behind the last stream.
  private void hop(Runnable task) {
    if (!over) {
      pool.loop()
          .execute(
              () -> {
                if (!over) {
                  task.run();
                }
              });
    }
  }
}
