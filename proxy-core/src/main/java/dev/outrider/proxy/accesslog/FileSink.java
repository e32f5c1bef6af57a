package dev.outrider.proxy.accesslog;

import dev.outrider.proxy.metrics.MetricRegistry;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Collects records of all loops and writes them in batches on a thread of its own: a flush
/// interval after the first of them, or when half of 64 KiB have gathered on one loop. Without
/// records the thread sleeps. What a slow or full disk leaves no room for is dropped and counted; a
/// loop never waits.
public final class FileSink implements LogSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("file");
  private static final int WAKE_BYTES = SinkLane.CHUNK_BYTES / 2;

  private final String name;
  private final Target target;
  private final SinkStats stats;
  private final long flushNanos;
  private final CopyOnWriteArrayList<SinkLane> lanes = new CopyOnWriteArrayList<>();
  private final ThreadLocal<SinkLane> ownLane = ThreadLocal.withInitial(this::newLane);
  // Released to have something done before the next interval.
  private final Semaphore wake = new Semaphore(0);
  private final Thread writer;

  // Whether the next record, however small, has to wake the writer.
  private volatile boolean idle;
  private volatile boolean reopen;
  private volatile boolean closed;
  // The writer's alone.
  private boolean failing;
  private boolean reopening;
  private long waiting;

  /// @param name the path, or what else tells it from other sinks
  /// @param target opened on the sink's own thread, at the first record
  /// @param flushInterval more than zero; Envoy's default is 10 s
  public FileSink(String name, Target target, Duration flushInterval, MetricRegistry registry) {
    this.name = name;
    this.target = target;
    this.stats = new SinkStats(registry);
    this.flushNanos = flushInterval.toNanos();
    this.writer = Thread.ofPlatform().daemon().name("access-log-" + name).unstarted(this::run);
  }

  /// Starts the sink's thread.
  FileSink start() {
    writer.start();
    return this;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    var lane = ownLane.get();
    var before = lane.pendingBytes();
    if (closed || !lane.append(bytes, offset, length)) {
      stats.dropped().inc();
      return;
    }
    if (idle || (before < WAKE_BYTES && before + length >= WAKE_BYTES)) {
      wake.release();
    }
  }

  /// Closes the file and opens it again by name, for log rotation: `/reopen_logs`. Any thread;
  /// happens soon.
  public void reopen() {
    reopen = true;
    wake.release();
  }

  /// Writes what is pending and ends the thread, waiting for it at most one second. Not to be
  /// called on a loop.
  @Override
  public void close() {
    closed = true;
    wake.release();
    try {
      writer.join(Duration.ofSeconds(1));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private SinkLane newLane() {
    var lane = new SinkLane();
    lanes.add(lane);
    return lane;
  }

  private void run() {
    WritableByteChannel out = null;
    for (var last = false; !last; ) {
      if (!closed && !reopen) {
        sleep();
      }
      last = closed;
      if (reopen) {
        reopen = false;
        reopening = true;
        out = giveUp(out);
      }
      out = flush(out);
    }
    giveUp(out);
  }

  /// Until there is a record, and then until there are more or the interval is over.
  private void sleep() {
    try {
      idle = true; // first: a record that is not seen below sees this
      if (!holds(1)) {
        wake.acquire();
      }
      idle = false;
      wake.drainPermits();
      count();
      if (!closed
          && !reopen
          && !holds(WAKE_BYTES)
          && !wake.tryAcquire(flushNanos, TimeUnit.NANOSECONDS)) {
        stats.byTimer().inc();
      }
    } catch (InterruptedException _) {
      // Nobody interrupts this thread but to end the process.
      closed = true;
    }
  }

  /// Tells how much is not written yet.
  private void count() {
    var now = 0L;
    for (var lane : lanes) {
      now += lane.pendingBytes();
    }
    stats.waiting().add(now - waiting);
    waiting = now;
  }

  private boolean holds(int bytes) {
    for (var lane : lanes) {
      if (lane.pendingBytes() >= bytes) {
        return true;
      }
    }
    return false;
  }

  private @Nullable WritableByteChannel flush(@Nullable WritableByteChannel open) {
    var out = open;
    for (var lane : lanes) {
      if (lane.pendingBytes() == 0) {
        continue;
      }
      stats.buffered().add(lane.newRecords());
      try {
        out = out != null ? out : open();
        lane.drain(out);
        stats.completed().inc();
        failing = false;
      } catch (IOException e) {
        out = failed(out, e);
      }
    }
    count();
    return out;
  }

  private WritableByteChannel open() throws IOException {
    try {
      return target.open();
    } catch (IOException e) {
      if (reopening) {
        stats.reopenFailed().inc();
      }
      throw e;
    } finally {
      reopening = false;
    }
  }

  /// A full disk, a vanished directory: the next flush tries again with a new file.
  private @Nullable WritableByteChannel failed(@Nullable WritableByteChannel open, IOException e) {
    stats.failed().inc();
    if (!failing) {
      failing = true;
      LOG.warn("access log {} cannot be written, records will be lost: {}", name, e.toString());
    }
    return giveUp(open);
  }

  private static @Nullable WritableByteChannel giveUp(@Nullable WritableByteChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.debug("closing an access log failed", e);
      }
    }
    return null;
  }

  /// What records are written to.
  public interface Target {
    /// Called on the sink's thread, which may block.
    WritableByteChannel open() throws IOException;
  }
}
