package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.GrpcTimeout;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.loop.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One gRPC call (gRPC over HTTP/2: github.com/grpc/grpc, PROTOCOL-HTTP2.md). Owned by the loop it
/// was made on.
final class GrpcCall implements GrpcCallout, UpstreamSink, FlowControl, SignalTarget {
  private static final int TELL = 0;
  private static final int FLUSH = 1;

  /// In bytes, for a cluster without a limit of its own: what gRPC's libraries take by default.
  private static final int LARGEST_MESSAGE = 4 << 20;

  private static final int PREFIX = 5;

  private static final String VIA_UPSTREAM = "via_upstream";
  private static final String AFTER_RESPONSE_STARTED = "upstream_reset_after_response_started";

  private static final int UNKNOWN = 2;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int INTERNAL = 13;

  private final Upstreams upstreams;
  private final GrpcCalloutSpec spec;
  private final UpstreamCluster cluster;
  private final GrpcCalloutSink sink;
  private final GrpcDeframer deframer;
  private final Timer timer;
  private final HoldSet holds = new HoldSet();
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private @Nullable UpstreamStream stream;
  private @Nullable HeaderMap head;
  private @Nullable HeaderMap trailers;
  private @Nullable LocalReply toTell;
  private boolean sent;
  private boolean over;
  private int generation;

  GrpcCall(
      Upstreams upstreams, GrpcCalloutSpec spec, UpstreamCluster cluster, GrpcCalloutSink sink) {
    this.upstreams = upstreams;
    this.spec = spec;
    this.cluster = cluster;
    this.sink = sink;
    this.deframer = new GrpcDeframer(Math.min(cluster.bufferLimit(), LARGEST_MESSAGE));
    this.timer = upstreams.loop().timers().newTimer(this::onTimeout);
  }

  void start() {
    var endpoint = cluster.pick(PickContext.NONE);
    if (endpoint == null) {
      failLater(UpstreamFailures.NO_HEALTHY_UPSTREAM);
      return;
    }
    var request = spec.metadata();
    request.set(HeaderNames.METHOD, "POST");
    request.set(HeaderNames.PATH, "/" + spec.service() + "/" + spec.method());
    request.set(HeaderNames.SCHEME, "http");
    if (!request.contains(HeaderNames.AUTHORITY)) {
      request.set(HeaderNames.AUTHORITY, spec.cluster());
    }
    request.set(HeaderNames.TE, "trailers");
    request.set(HeaderNames.CONTENT_TYPE, "application/grpc");
    if (spec.timeoutMillis() > 0) {
      GrpcTimeout.set(request, spec.timeoutMillis());
      timer.arm(spec.timeoutMillis());
    }
    var version = cluster.config().http().version();
    var options = cluster.wishes().of(request);
    var opened = cluster.open(endpoint, version, Priority.DEFAULT, options, this, this);
    stream = opened;
    opened.onHead(request, false);
  }

  // ---- the messages

  @Override
  public boolean send(byte[] bytes, boolean end) {
    var open = stream;
    if (open == null || sent) {
      return false;
    }
    sent = end;
    var frame = Unpooled.buffer(PREFIX + bytes.length);
    frame.writeByte(0).writeInt(bytes.length).writeBytes(bytes);
    if (holds.held() || !waiting.isEmpty()) {
      waiting.add(frame);
      sink.onQueued(frame.readableBytes());
    } else {
      open.onBody(frame, end);
    }
    return true;
  }

  @Override
  public void end() {
    var open = stream;
    if (open != null && !sent) {
      sent = true;
      if (waiting.isEmpty()) {
        open.onBody(Unpooled.EMPTY_BUFFER, true);
      }
    }
  }

  private void flush() {
    for (var open = stream; open != null && !holds.held() && !waiting.isEmpty(); open = stream) {
      var frame = waiting.remove();
      sink.onQueued(-frame.readableBytes());
      open.onBody(frame, sent && waiting.isEmpty());
    }
  }

  @Override
  public void cancel() {
    if (!over) {
      abandon();
      finish();
    }
  }

  @Override
  public void hold(Hold cause) {
    holds.hold(cause);
  }

  @Override
  public void release(Hold cause) {
    if (holds.release(cause) && !waiting.isEmpty()) {
      upstreams.loop().turn().post(this, FLUSH); // whoever releases is in the middle of something
    }
  }

  // ---- the answer

  @Override
  public void onHead(HeaderMap newHead, boolean end) {
    head = newHead;
    endedAt(end);
    cluster.cells().countCode(ClusterStats.UPSTREAM_RQ_CODES, newHead.status());
    if (newHead.status() != 200 && !(end && newHead.contains(HeaderNames.GRPC_STATUS))) {
      fail(LocalReplies.grpcStatus(newHead.status()), VIA_UPSTREAM);
    } else if (end) {
      complete(newHead);
    } else {
      sink.onInitialMetadata(newHead);
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    endedAt(end);
    try {
      read(chunk);
    } finally {
      chunk.release();
    }
    if (end && !over) {
      fail(UNKNOWN, VIA_UPSTREAM); // no status
    }
  }

  private void read(ByteBuf chunk) {
    while (!over) {
      switch (deframer.read(chunk)) {
        case MORE -> {
          return;
        }
        case MESSAGE -> sink.onMessage(deframer.message());
        case COMPRESSED -> fail(INTERNAL, VIA_UPSTREAM);
        case TOO_LARGE -> fail(RESOURCE_EXHAUSTED, VIA_UPSTREAM);
      }
    }
  }

  @Override
  public void onTrailers(HeaderMap newTrailers) {
    trailers = newTrailers;
    endedAt(true);
    if (deframer.atBoundary()) {
      complete(newTrailers);
    } else {
      fail(INTERNAL, VIA_UPSTREAM);
    }
  }

  @Override
  public void onReset(ResetReason why) {
    var detail = stream == null ? "" : stream.failureDetail();
    stream = null;
    if (head != null) {
      fail(INTERNAL, UpstreamFailures.details(AFTER_RESPONSE_STARTED, why, detail));
    } else {
      var reply = UpstreamFailures.reply(why, detail);
      cluster.cells().countCode(ClusterStats.UPSTREAM_RQ_CODES, reply.status());
      fail(reply);
    }
  }

  private void onTimeout() {
    if (!over && stream != null) {
      abandon();
      cluster.cells().inc(ClusterStats.UPSTREAM_RQ_TIMEOUT);
      if (head == null) {
        fail(UpstreamFailures.TIMEOUT);
      } else {
        fail(INTERNAL, UpstreamFailures.TIMEOUT.details());
      }
    }
  }

  /// The attempt lets go of the call by itself when it has delivered the end.
  private void endedAt(boolean end) {
    if (end) {
      stream = null;
    }
  }

  private void abandon() {
    var open = stream;
    stream = null;
    if (open != null) {
      open.cancel();
    }
  }

  // ---- the status

  private void complete(HeaderMap metadata) {
    var line = metadata.find(HeaderNames.GRPC_STATUS);
    var code = line < 0 ? -1 : metadata.valueAsLong(line);
    var text = metadata.get(HeaderNames.GRPC_MESSAGE);
    sink.onTrailingMetadata(metadata);
    tell(
        code < 0 || code > Integer.MAX_VALUE ? UNKNOWN : (int) code,
        text == null ? "" : text,
        VIA_UPSTREAM);
  }

  /// What the proxy would tell a client of its own that speaks gRPC.
  private void fail(LocalReply reply) {
    abandon();
    tell(reply);
  }

  private void fail(int code, String details) {
    abandon();
    tell(code, "", details);
  }

  private void tell(LocalReply reply) {
    tell(
        LocalReplies.grpcStatus(reply.status()),
        new String(reply.body(), StandardCharsets.UTF_8),
        reply.details());
  }

  private void failLater(LocalReply reply) {
    toTell = reply;
    upstreams.loop().turn().post(this, TELL);
  }

  private void tell(int code, String text, String details) {
    if (!over) {
      finish();
      sink.onStatus(code, text, details);
    }
  }

  private void finish() {
    over = true;
    generation++;
    timer.cancel();
    for (var frame = waiting.poll(); frame != null; frame = waiting.poll()) {
      sink.onQueued(-frame.readableBytes());
      frame.release();
    }
    spec.metadata().release();
    if (head != null) {
      head.release();
    }
    if (trailers != null) {
      trailers.release();
    }
  }

  // ---- signals

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    if (signal == FLUSH) {
      flush();
    } else if (toTell != null) {
      tell(toTell);
    }
  }

  @Override
  public void onBug(Throwable bug) {
    upstreams.onBug(bug);
  }
}
