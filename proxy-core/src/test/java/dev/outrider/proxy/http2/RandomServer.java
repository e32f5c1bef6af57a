package dev.outrider.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http.hpack.FieldLimits;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Owns the server's end of a connection: answers, holds, resets and forgets its streams at random,
/// and checks the order in which it is told things.
final class RandomServer implements Http2Role {
  private final SplittableRandom random;
  private final FakeLoop loop = new FakeLoop();
  private final HeadStores heads = new HeadStores(true);
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final MetricRegistry registry = new MetricRegistry(1);
  private final StatCells stats = registry.owner(Http2Stats.TEMPLATE, "h2").cells(0);
  private final Http2Connection connection;
  private final PeerView peer;
  private final List<Served> streams = new ArrayList<>();
  int served;
  int complete;
  boolean failed;
  boolean writable = true;

  RandomServer(SplittableRandom random, Http2Options options, PeerView peer) {
    this.random = random;
    this.peer = peer;
    this.connection =
        new Http2Connection(
            new Http2ConnectionSpec(
                false,
                options,
                new FieldLimits(100, 60 << 10, 60 << 10),
                UnderscoreNames.ALLOW,
                20_000,
                5_000,
                loop,
                heads,
                allocator,
                new Http2StreamPool(),
                stats,
                random.split()),
            this);
    turn(connection::start);
  }

  private void turn(Runnable event) {
    loop.turn().begin();
    try {
      event.run();
    } finally {
      loop.turn().endAndFlush();
    }
    loop.runTasks();
  }

  void receive(byte[] bytes) {
    turn(() -> connection.read(allocator.buffer(bytes.length).writeBytes(bytes)));
  }

  /// Something that a server may do at any time.
  void act() {
    if (random.nextInt(12) == 0) {
      writable = !writable;
      turn(() -> connection.onWritable(writable));
    } else if (random.nextInt(200) == 0) {
      turn(() -> connection.drain(random.nextInt(2) * 1_000L));
    } else if (!streams.isEmpty()) {
      turn(() -> streams.get(random.nextInt(streams.size())).act());
    }
  }

  /// Lets everything go and gives every answer that is owed.
  void finishAll() {
    writable = true;
    turn(() -> connection.onWritable(true));
    List.copyOf(streams).forEach(stream -> turn(stream::finish));
  }

  boolean alive() {
    return connection.alive();
  }

  /// Streams that count against the peer's limit.
  int active() {
    return connection.active();
  }

  void closeAndCheck() {
    turn(connection::close);
    List.copyOf(streams).forEach(stream -> turn(stream::leave));
    loop.runTasks();
    assertThat(connection.active()).as("streams of a closed connection").isZero();
    assertThat(heads.outstanding()).as("heads in use").isZero();
    assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
        .as("bytes in buffers")
        .isZero();
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar scalar
          && (scalar.name().endsWith("_active") || scalar.name().endsWith("pending_send_bytes"))) {
        assertThat(scalar.value()).as(scalar.name()).isZero();
      }
    }
    assertThat(loop.armedTimers()).as("armed timers").isZero();
  }

  @Override
  public Http2StreamSink onStream(Http2Stream stream) {
    var one = new Served(stream);
    streams.add(one);
    served++;
    return one;
  }

  @Override
  public void onStreamClosed() {}

  @Override
  public void onGoAway(int lastStreamId, Http2Error error) {}

  @Override
  public void onSettings() {}

  @Override
  public void onDrained() {
    failed = true;
  }

  @Override
  public void onFailed(Http2Failure failure, String details) {
    assertThat(failed).as("told twice of the end").isFalse();
    assertThat(failure).as(details).isNotEqualTo(Http2Failure.INTERNAL);
    failed = true;
  }

  @Override
  public void write(ByteBuf bytes) {
    var copy = new byte[bytes.readableBytes()];
    bytes.readBytes(copy);
    bytes.release();
    peer.read(copy);
  }

  @Override
  public void flush() {}

  @Override
  public long unsentBytes() {
    return 0;
  }

  @Override
  public boolean writable() {
    return writable;
  }

  private final class Served implements Http2StreamSink {
    private final Http2Stream stream;
    private boolean headSeen;
    private boolean ended;
    private boolean reset;
    private boolean answered;
    private boolean answerEnded;

    Served(Http2Stream stream) {
      this.stream = stream;
    }

    void act() {
      switch (random.nextInt(12)) {
        case 0 -> stream.hold(Hold.FILTER);
        case 1, 2 -> stream.release(Hold.FILTER);
        case 3 -> {
          if (!reset) {
            stream.reset(Http2Error.of(random.nextInt(14)));
            leave();
          }
        }
        case 4 -> leave();
        case 5 -> finish();
        default -> answer(random.nextInt(4) == 0);
      }
    }

    void finish() {
      stream.release(Hold.FILTER);
      answer(true);
      if (ended || reset) {
        leave();
      }
    }

    void leave() {
      if (streams.remove(this)) {
        complete += ended && answerEnded && !reset ? 1 : 0;
        stream.done();
      }
    }

    private void answer(boolean end) {
      if (!headSeen || answerEnded) {
        return;
      }
      if (!answered) {
        answered = true;
        answerEnded = end;
        var head = heads.take(HeadKind.RESPONSE);
        head.set(HeaderNames.STATUS, "200");
        stream.onHead(head, end);
        head.release();
      } else if (end && random.nextInt(3) == 0) {
        answerEnded = true;
        var trailers = heads.take(HeadKind.TRAILERS);
        trailers.set(HeaderName.of("x-trailer"), "1");
        stream.onTrailers(trailers);
        trailers.release();
      } else {
        answerEnded = end;
        var size = random.nextInt(random.nextInt(4) == 0 ? 40_000 : 300);
        stream.onBody(allocator.buffer(size + 1).writeZero(size), end);
      }
    }

    @Override
    public void onInformational(HeaderMap head) {
      throw new AssertionError("a request has no interim heads");
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      assertThat(headSeen || ended || reset || gone()).as("a head out of order").isFalse();
      assertThat(head.contains(HeaderNames.METHOD)).isTrue();
      headSeen = true;
      ended = end;
      head.release();
      maybeAct();
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      assertThat(headSeen && !ended && !reset && !gone()).as("a chunk in its place").isTrue();
      ended = end;
      chunk.release();
      maybeAct();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      assertThat(headSeen && !ended && !reset && !gone()).as("trailers in their place").isTrue();
      ended = true;
      trailers.release();
      maybeAct();
    }

    @Override
    public void onReset(ResetReason why, Http2Error error, String details) {
      assertThat(reset || gone()).as("told twice of a reset").isFalse();
      reset = true;
      if (random.nextBoolean()) {
        leave();
      }
    }

    @Override
    public void onWritable(boolean nowWritable) {
      assertThat(gone()).as("told of writability after done").isFalse();
    }

    private void maybeAct() {
      if (random.nextInt(3) == 0) {
        act();
      }
    }

    private boolean gone() {
      return !streams.contains(this);
    }
  }
}
