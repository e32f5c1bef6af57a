package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.loop.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// One call: sends its request as a whole, gathers the answer, tells the outcome once. Owned by the
/// loop it was made on.
final class HttpCallout implements Callout, UpstreamSink, FlowControl, SignalTarget {
  private static final int TELL = 0;

  private final Upstreams upstreams;
  private final CalloutSpec spec;
  private final CalloutSink outcome;
  private final BodyBuffer body;
  private final Timer timer;
  private @Nullable UpstreamCluster cluster;
  private @Nullable UpstreamStream stream;
  private @Nullable HeaderMap head;
  private @Nullable HeaderMap trailers;
  private @Nullable ResetReason failure;
  private int generation;
  private boolean over;

  HttpCallout(Upstreams upstreams, CalloutSpec spec, CalloutSink outcome) {
    this.upstreams = upstreams;
    this.spec = spec;
    this.outcome = outcome;
    this.body = new BodyBuffer(Integer.MAX_VALUE);
    this.timer = upstreams.loop().timers().newTimer(this::onTimeout);
  }

  void start(UpstreamCluster target) {
    cluster = target;
    var endpoint = target.pick(PickContext.NONE);
    if (endpoint == null) {
      answer(UpstreamFailures.NO_HEALTHY_UPSTREAM);
      return;
    }
    if (spec.timeoutMillis() > 0) {
      timer.arm(spec.timeoutMillis());
    }
    var request = spec.head();
    if (!request.contains(HeaderNames.SCHEME)) {
      request.set(HeaderNames.SCHEME, "http"); // HTTP/2 cannot do without
    }
    var bytes = spec.body();
    var requestTrailers = spec.trailers();
    if (bytes.length > 0) {
      request.set(HeaderNames.CONTENT_LENGTH, bytes.length);
    }
    var options = target.wishes().of(request);
    var version = target.config().http().version();
    var opened = target.open(endpoint, version, Priority.DEFAULT, options, this, this);
    stream = opened;
    var bodyless = bytes.length == 0 && requestTrailers == null;
    opened.onHead(request, bodyless);
    if (bytes.length > 0) {
      opened.onBody(Unpooled.wrappedBuffer(bytes), requestTrailers == null);
    }
    if (requestTrailers != null) {
      opened.onTrailers(requestTrailers);
    }
  }

  @Override
  public void cancel() {
    if (!over) {
      if (stream != null) {
        stream.cancel();
      }
      finish();
    }
  }

  private void onTimeout() {
    if (over || stream == null) {
      return;
    }
    stream.cancel();
    stream = null;
    if (cluster != null) {
      cluster.cells().inc(ClusterStats.UPSTREAM_RQ_TIMEOUT);
    }
    if (head == null) {
      answer(UpstreamFailures.TIMEOUT);
    } else {
      broken(ResetReason.LOCAL_RESET);
    }
  }

  // ---- the answer

  @Override
  public void onHead(HeaderMap newHead, boolean end) {
    head = newHead;
    count(newHead.status());
    if (end) {
      complete();
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    body.append(chunk);
    if (body.length() > bodyLimit() && stream != null) {
      if (!end) {
        stream.cancel();
      }
      broken(ResetReason.LOCAL_RESET);
    } else if (end) {
      complete();
    }
  }

  private int bodyLimit() {
    if (spec.maxBodyBytes() > 0 || cluster == null) {
      return spec.maxBodyBytes();
    }
    return cluster.bufferLimit();
  }

  @Override
  public void onTrailers(HeaderMap newTrailers) {
    trailers = newTrailers;
    complete();
  }

  @Override
  public void onReset(ResetReason why) {
    if (head != null) {
      broken(why);
    } else {
      answer(UpstreamFailures.reply(why, stream == null ? "" : stream.failureDetail()));
    }
  }

  /// What the proxy would tell a client of its own.
  private void answer(LocalReply reply) {
    head = LocalReplies.head(reply, false, upstreams.heads());
    body.append(LocalReplies.body(reply, false));
    count(reply.status());
    complete();
  }

  private void broken(ResetReason why) {
    failure = why;
    complete();
  }

  private void count(int status) {
    if (cluster != null) {
      cluster.cells().countCode(ClusterStats.UPSTREAM_RQ_CODES, status);
    }
  }

  private void complete() {
    stream = null;
    timer.cancel();
    upstreams.loop().turn().post(this, TELL);
  }

  // ---- flow control of the request: it is in memory as a whole already

  @Override
  public void hold(Hold cause) {}

  @Override
  public void release(Hold cause) {}

  // ---- signals

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    var answered = head;
    try {
      if (failure != null) {
        outcome.onFailure(failure);
      } else if (answered != null) {
        outcome.onAnswer(answered, body, trailers);
      }
    } finally {
      if (!over) {
        finish();
      }
    }
  }

  @Override
  public void onBug(Throwable bug) {
    upstreams.onBug(bug);
  }

  private void finish() {
    over = true;
    generation++;
    timer.cancel();
    stream = null;
    body.close();
    spec.head().release();
    if (spec.trailers() != null) {
      spec.trailers().release();
    }
    if (head != null) {
      head.release();
    }
    if (trailers != null) {
      trailers.release();
    }
  }
}
