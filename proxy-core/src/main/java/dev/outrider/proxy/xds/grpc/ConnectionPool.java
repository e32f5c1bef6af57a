package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.loop.Loop;
import io.grpc.Channel;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The connections to one control plane, as few as carry the streams that are open: each takes as
/// many as the other side allows, and ends with its last. Main loop only.
///
/// A connection that cannot be made fails everybody who waits for it at once, and the next one who
/// asks begins another: gRPC's own pause before it connects again is never waited for, since that
/// between streams is for their owners to choose.
public final class ConnectionPool {
  private final Loop loop;
  private final Dial dial;
  private final ConnectionCounts counts;
  private final List<Connection> connections = new ArrayList<>();
  private int failures;

  /// Somebody who wants to open one stream.
  public interface Rider {

    /// The stream is to be opened on this channel, now.
    void onSeat(Channel channel);

    /// There is no connection; nothing more is told.
    void onNone(Status why);
  }

  /// The place of one stream.
  public interface Seat {

    /// The stream has ended, or is not wanted any more. Once.
    ///
    /// @param why it ended; null = it is not wanted
    void leave(@Nullable Status why);
  }

  public ConnectionPool(Loop loop, Dial dial, ConnectionCounts counts) {
    this.loop = loop;
    this.dial = dial;
    this.counts = counts;
  }

  /// Finds a place. What becomes of it is told from inside this call or later, but never twice.
  public Seat take(Rider rider) {
    loop.assertOnLoop();
    var passenger = new Passenger(rider);
    place(passenger);
    return passenger;
  }

  private void place(Passenger passenger) {
    var edition = dial.edition();
    for (var each : connections) {
      if (each.admits(edition)) {
        each.add(passenger);
        return;
      }
    }
    var fresh =
        Connection.open(
            this,
            edition,
            why -> loop.execute(() -> passenger.fail(Status.UNAVAILABLE.withDescription(why))));
    if (fresh != null) {
      connections.add(fresh);
      fresh.add(passenger);
    }
  }

  Loop loop() {
    return loop;
  }

  Dial dial() {
    return dial;
  }

  ConnectionCounts counts() {
    return counts;
  }

  int failures() {
    return failures;
  }

  /// One was made.
  void connected() {
    failures = 0;
  }

  /// One could not be made.
  void failed(Connection connection) {
    failures++;
    connections.remove(connection);
  }

  /// One takes no more streams.
  void forget(Connection connection) {
    connections.remove(connection);
  }

  /// These find no room where they waited.
  void moveOn(List<Passenger> passengers) {
    passengers.forEach(this::place);
  }

  /// One stream, wherever it sits.
  static final class Passenger implements Seat {
    private final Rider rider;
    private @Nullable Connection connection;
    private boolean gone;

    Passenger(Rider rider) {
      this.rider = rider;
    }

    void waitFor(Connection place) {
      connection = place;
    }

    void sit(Channel channel) {
      rider.onSeat(channel);
    }

    void fail(Status why) {
      if (!gone) {
        gone = true;
        rider.onNone(why);
      }
    }

    @Override
    public void leave(@Nullable Status why) {
      var place = connection;
      if (!gone) {
        gone = true;
        if (place != null) {
          place.remove(this, why);
        }
      }
    }
  }
}
