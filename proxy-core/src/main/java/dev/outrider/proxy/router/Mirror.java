package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.upstream.Attempt;
import dev.outrider.proxy.upstream.UpstreamCluster;
import dev.outrider.proxy.upstream.UpstreamFailures;
import dev.outrider.proxy.upstream.UpstreamSink;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// A copy of a request on its way to another cluster. What becomes of it is counted there and told
/// to nobody; one that takes the request too slowly is given up, so that it holds nobody back. Once
/// the request is complete it lives by itself. On the loop of its router.
final class Mirror implements UpstreamSink, FlowControl {
  private final UpstreamCluster cluster;
  private final Loop loop;
  private final HeaderMap head;
  private final Timer timeout;
  private final long timeoutMillis;
  private final long limit;
  private @Nullable Endpoint endpoint;
  private @Nullable Attempt stream;
  private @Nullable HeaderMap trailers;
  private boolean answered;
  private boolean over;
  private boolean held;
  private long given;

  /// @param head *taken*
  /// @param timeoutMillis for the answer, from the end of the request; 0 = any time
  /// @param limit bytes that it may be behind
  Mirror(UpstreamCluster cluster, Loop loop, HeaderMap head, long timeoutMillis, long limit) {
    this.cluster = cluster;
    this.loop = loop;
    this.head = head;
    this.timeoutMillis = timeoutMillis;
    this.limit = limit;
    this.timeout = loop.timers().newTimer(this::onTimeout);
  }

  void start(HttpVersion downstream, boolean end) {
    endpoint = cluster.pick(PickContext.NONE);
    if (endpoint == null) {
      count(UpstreamFailures.NO_HEALTHY_UPSTREAM.status());
      finish();
      return;
    }
    var wishes = cluster.wishes().of(head);
    if (!cluster.admits(endpoint, downstream, Priority.DEFAULT, wishes)) {
      count(UpstreamFailures.NO_HEALTHY_UPSTREAM.status());
      finish();
      return;
    }
    var version = cluster.config().http().towards(downstream);
    var opened = cluster.open(endpoint, version, Priority.DEFAULT, wishes, this, this);
    stream = opened;
    opened.onHead(head, end);
    endedAt(end);
  }

  // ---- the request

  /// Borrows the chunk.
  void send(ByteBuf chunk, boolean end) {
    var to = stream;
    if (to == null) {
      return;
    }
    given += chunk.readableBytes();
    if (held && given > limit) {
      cluster.cells().inc(ClusterStats.UPSTREAM_RQ_TX_RESET);
      cancel();
      return;
    }
    to.onBody(chunk.retainedDuplicate(), end);
    endedAt(end);
  }

  /// Borrows them.
  void sendTrailers(HeaderMap borrowed) {
    if (stream != null) {
      trailers = borrowed.copy();
      stream.onTrailers(trailers);
      endedAt(true);
    }
  }

  private void endedAt(boolean end) {
    if (end && stream != null && timeoutMillis > 0) {
      timeout.arm(timeoutMillis);
    }
  }

  /// The request will not be complete.
  void cancel() {
    var open = stream;
    stream = null;
    if (open != null) {
      open.cancel();
    }
    finish();
  }

  @Override
  public void hold(Hold cause) {
    held = true;
    given = 0;
  }

  @Override
  public void release(Hold cause) {
    held = false;
  }

  // ---- the answer

  @Override
  public void onHead(HeaderMap answer, boolean end) {
    answered = true;
    count(answer.status());
    answer.release();
    if (end) {
      finish();
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    chunk.release();
    if (end) {
      finish();
    }
  }

  @Override
  public void onTrailers(HeaderMap answer) {
    answer.release();
    finish();
  }

  @Override
  public void onReset(ResetReason why) {
    if (!answered) {
      count(UpstreamFailures.status(why));
    }
    finish();
  }

  private void onTimeout() {
    cluster.cells().inc(ClusterStats.UPSTREAM_RQ_TIMEOUT);
    if (!answered) {
      count(UpstreamFailures.TIMEOUT.status());
    }
    cancel();
  }

  private void count(int status) {
    cluster.cells().countCode(ClusterStats.UPSTREAM_RQ_CODES, status);
    if (endpoint != null) {
      endpoint
          .shared()
          .cells(loop.index())
          .inc(status >= 500 ? EndpointStats.RQ_ERROR : EndpointStats.RQ_SUCCESS);
    }
  }

  private void finish() {
    timeout.cancel();
    stream = null;
    if (!over) {
      over = true;
      head.release();
      if (trailers != null) {
        trailers.release();
      }
    }
  }
}
