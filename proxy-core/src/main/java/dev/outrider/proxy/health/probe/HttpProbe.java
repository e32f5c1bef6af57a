package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.health.Probe;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.upstream.TransportSocketOptions;
import dev.outrider.proxy.upstream.UpstreamSink;
import dev.outrider.proxy.upstream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks by a request; status and body of the answer say how the host is. Main loop only.
final class HttpProbe implements Probe, UpstreamSink, FlowControl {
  private static final HeaderName LEAVE_OUT = HeaderName.of("x-envoy-immediate-health-check-fail");
  private static final HeaderName DEGRADED = HeaderName.of("x-envoy-degraded");

  private final ProbeTarget target;
  private final ProbeSpec.Http spec;
  private final Runnable onVerified;
  private final BodyBuffer body = new BodyBuffer(Integer.MAX_VALUE);
  private @Nullable Outcome outcome;
  private @Nullable UpstreamStream stream;
  private @Nullable HeaderMap request;
  private @Nullable HeaderMap answer;
  private int generation;

  HttpProbe(ProbeTarget target, ProbeSpec.Http spec, Runnable onVerified) {
    this.target = target;
    this.spec = spec;
    this.onVerified = onVerified;
  }

  @Override
  public void start(Outcome told) {
    outcome = told;
    var head = CheckHead.of(target, spec.host(), spec.edits());
    request = head;
    head.set(HeaderNames.METHOD, spec.method());
    head.set(HeaderNames.PATH, spec.path());
    var bodyless = spec.body().length == 0;
    if (!bodyless) {
      head.set(HeaderNames.CONTENT_LENGTH, spec.body().length);
    }
    var opened =
        target
            .connections()
            .open(
                target.endpoint(),
                spec.version(),
                Priority.DEFAULT,
                TransportSocketOptions.NONE,
                this,
                this);
    stream = opened;
    opened.onHead(head, bodyless);
    if (!bodyless) {
      opened.onBody(Unpooled.wrappedBuffer(spec.body()), true);
    }
  }

  @Override
  public void giveUp() {
    cancel();
    target.connections().renewConnections();
  }

  @Override
  public void close() {
    cancel();
    target.close();
  }

  private void cancel() {
    var open = stream;
    if (open != null) {
      stream = null;
      open.cancel();
    }
    finish();
  }

  private void finish() {
    generation++;
    outcome = null;
    body.close();
    if (request != null) {
      request.release();
      request = null;
    }
    if (answer != null) {
      answer.release();
      answer = null;
    }
  }

  // ---- the answer

  @Override
  public void onHead(HeaderMap head, boolean end) {
    answer = head;
    if (end) {
      complete();
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    var room = spec.bufferBytes() == 0 ? Integer.MAX_VALUE : spec.bufferBytes() - body.length();
    if (spec.expects().isEmpty() || room <= 0) {
      chunk.release();
    } else {
      body.append(chunk.writerIndex(chunk.readerIndex() + Math.min(room, chunk.readableBytes())));
    }
    if (end) {
      complete();
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    trailers.release();
    complete();
  }

  @Override
  public void onReset(ResetReason why) {
    stream = null;
    tell(
        told -> {
          finish(); // or the next answer would be read behind what has come of this one
          target.checked();
          told.onFail(FailureKind.NETWORK, false, false);
        });
  }

  private void complete() {
    stream = null;
    tell(this::judge);
  }

  /// Whoever tells is in the middle of reading.
  private void tell(Consumer<Outcome> message) {
    var told = outcome;
    var life = generation;
    target
        .loop()
        .execute(
            () -> {
              if (told != null && life == generation) {
                message.accept(told);
              }
            });
  }

  private void judge(Outcome told) {
    var head = answer;
    if (head == null) {
      return;
    }
    var status = head.status();
    var leaveOut = head.contains(LEAVE_OUT);
    var degraded = head.contains(DEGRADED);
    var bodyFits = spec.expects().matches(bytes());
    var expected = bodyFits && ProbeSpec.StatusRange.any(spec.expected(), status);
    var retriable = bodyFits && ProbeSpec.StatusRange.any(spec.retriable(), status);
    var rightService = !expected || isRightService(head);
    finish();
    target.checked();
    if (expected && rightService) {
      told.onPass(degraded);
    } else {
      told.onFail(FailureKind.ACTIVE, !expected && retriable, !expected && leaveOut);
    }
  }

  private boolean isRightService(HeaderMap head) {
    if (spec.serviceName() == null) {
      return true;
    }
    onVerified.run();
    return spec.serviceName().matches(head);
  }

  private byte[] bytes() {
    var bytes = new byte[body.length()];
    body.getBytes(0, bytes.length, bytes, 0);
    return bytes;
  }

  // ---- flow control of the request: it is in memory as a whole already

  @Override
  public void hold(Hold cause) {}

  @Override
  public void release(Hold cause) {}
}
