package dev.outrider.proxy.xds.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConnectionPoolTest {
  private final FakeLoop loop = new FakeLoop();
  private final StatOwner stats =
      new MetricRegistry(1).owner(ClusterStats.TEMPLATE, "cluster.plane");
  private final Phone dial = new Phone();
  private final ConnectionPool pool =
      new ConnectionPool(loop, dial, new ClusterCounts(stats, loop));

  private static final class Phone implements Dial {
    final List<FakeChannel> channels = new ArrayList<>();
    final List<ConnectionTap> taps = new ArrayList<>();
    final List<Integer> failures = new ArrayList<>();
    Object edition = "first";
    boolean secrets = true;

    @Override
    public Dialled open(int before, ConnectionTap tap) {
      if (!secrets) {
        return new Dialled.None("no secrets");
      }
      failures.add(before);
      taps.add(tap);
      var channel = new FakeChannel();
      channels.add(channel);
      return new Dialled.Line(channel);
    }

    @Override
    public Object edition() {
      return edition;
    }
  }

  /// A stream: where it sits, or why it does not.
  private final class Stream implements ConnectionPool.Rider {
    @Nullable Channel channel;
    @Nullable Status failure;
    final ConnectionPool.Seat seat = pool.take(this);

    @Override
    public void onSeat(Channel place) {
      assertThat(channel).isNull();
      channel = place;
    }

    @Override
    public void onNone(Status why) {
      assertThat(failure).isNull();
      failure = why;
    }
  }

  private List<Stream> streams(int count) {
    var all = new ArrayList<Stream>();
    for (var i = 0; i < count; i++) {
      all.add(new Stream());
    }
    return all;
  }

  private void connect(int which, int streams) {
    var channel = dial.channels.get(which);
    channel.is(ConnectivityState.CONNECTING);
    channel.is(ConnectivityState.READY);
    dial.taps.get(which).watch().onConnected(streams);
    loop.runTasks();
  }

  private long seated(List<Stream> all, int channel) {
    return all.stream().filter(s -> s.channel == dial.channels.get(channel)).count();
  }

  @Test
  void oneConnectionCarriesAsManyStreamsAsTheOtherSideTakes() {
    var all = streams(25);
    assertThat(dial.channels).hasSize(1);
    assertThat(seated(all, 0)).as("one makes it connect").isEqualTo(1);

    connect(0, 10);
    assertThat(seated(all, 0)).isEqualTo(10);
    assertThat(dial.channels).hasSize(2);
    connect(1, 10);
    connect(2, 10);

    assertThat(dial.channels).hasSize(3);
    assertThat(seated(all, 1)).isEqualTo(10);
    assertThat(seated(all, 2)).isEqualTo(5);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_TOTAL)).isEqualTo(3);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_ACTIVE)).isEqualTo(3);
  }

  @Test
  void aPlaceThatIsFreeAgainIsTaken() {
    var all = streams(2);
    connect(0, 2);

    all.getFirst().seat.leave(Status.OK);
    var next = new Stream();

    assertThat(next.channel).isSameAs(dial.channels.getFirst());
    assertThat(dial.channels).hasSize(1);
  }

  @Test
  void aConnectionEndsWithItsLastStream() {
    var all = streams(2);
    connect(0, 100);

    all.getFirst().seat.leave(null);
    assertThat(dial.channels.getFirst().shutDown).isFalse();
    all.getLast().seat.leave(Status.UNAVAILABLE);
    assertThat(dial.channels.getFirst().shutDown).isTrue();
    dial.taps.getFirst().watch().onGone(); // it says so itself, and counts once
    loop.runTasks();

    assertThat(stats.value(ClusterStats.UPSTREAM_CX_ACTIVE)).isZero();
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_DESTROY_LOCAL)).isEqualTo(1);
    var next = new Stream();
    assertThat(next.channel).isSameAs(dial.channels.getLast());
    assertThat(dial.channels).hasSize(2);
  }

  @Test
  void failsAllWhoWaitForAConnectionThatCannotBeMade() {
    var all = streams(3);

    all.getFirst().seat.leave(Status.UNAVAILABLE.withDescription("refused"));

    assertThat(all.subList(1, 3))
        .allSatisfy(
            stream ->
                assertThat(Objects.requireNonNull(stream.failure).getDescription())
                    .isEqualTo("refused"));
    assertThat(dial.channels.getFirst().shutDown).isTrue();
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_CONNECT_FAIL)).isEqualTo(1);
    var _ = new Stream();
    assertThat(dial.failures).as("the next endpoint is tried").containsExactly(0, 1);
    connect(1, 100);
    dial.edition = "second";
    var _ = new Stream();
    assertThat(dial.failures).containsExactly(0, 1, 0);
  }

  @Test
  void anotherMakesItConnectWhenTheFirstIsNotWantedAnyMore() {
    var all = streams(2);

    all.getFirst().seat.leave(null);

    assertThat(all.getLast().channel).isSameAs(dial.channels.getFirst());
    all.getLast().seat.leave(null);
    assertThat(dial.channels.getFirst().shutDown).isTrue();
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_CONNECT_FAIL)).isZero();
  }

  @Test
  void newStreamsGoOverConnectionsWithTheNewCertificate() {
    var old = new Stream();
    connect(0, 100);

    dial.edition = "second";
    var next = new Stream();

    assertThat(next.channel).isSameAs(dial.channels.getLast());
    assertThat(dial.channels.getFirst().shutDown).isFalse();
    old.seat.leave(null);
    assertThat(dial.channels.getFirst().shutDown).isTrue();
  }

  @Test
  void aConnectionThatTakesNoMoreStreamsKeepsThoseThatItHas() {
    var old = new Stream();
    connect(0, 100);

    dial.channels.getFirst().is(ConnectivityState.IDLE); // GOAWAY
    loop.runTasks();
    var next = new Stream();

    assertThat(old.failure).isNull();
    assertThat(dial.channels.getFirst().shutDown).isFalse();
    assertThat(next.channel).isSameAs(dial.channels.getLast());
    assertThat(dial.channels).hasSize(2);
  }

  @Test
  void aLostConnectionIsNotAskedAgain() {
    var old = new Stream();
    connect(0, 100);

    dial.taps.getFirst().watch().onGone();
    loop.runTasks();
    old.seat.leave(Status.UNAVAILABLE);
    var _ = new Stream();

    assertThat(dial.channels).hasSize(2);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_DESTROY_REMOTE)).isEqualTo(1);
  }

  @Test
  void aConnectionIsLostToTheOtherSideEvenIfItsStreamsSaySoFirst() {
    var old = new Stream();
    connect(0, 100);

    dial.channels.getFirst().is(ConnectivityState.IDLE);
    old.seat.leave(Status.UNAVAILABLE);

    assertThat(stats.value(ClusterStats.UPSTREAM_CX_ACTIVE)).isZero();
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_DESTROY_REMOTE)).isEqualTo(1);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_DESTROY_LOCAL)).isZero();
  }

  @Test
  void saysLaterThatSecretsAreMissing() {
    dial.secrets = false;

    var stream = new Stream();

    assertThat(stream.failure).isNull();
    loop.runTasks();
    assertThat(Objects.requireNonNull(stream.failure).getDescription()).isEqualTo("no secrets");
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_TOTAL)).isZero();
  }
}
