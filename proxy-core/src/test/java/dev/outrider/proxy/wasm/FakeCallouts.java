package dev.outrider.proxy.wasm;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.upstream.Callout;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxy.upstream.GrpcCalloutSpec;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A [CalloutClient] that knows the cluster `users` and answers when the test says so.
final class FakeCallouts implements CalloutClient {
  private final FakeLoop loop;
  private final HeadStores heads;
  private final List<String> calls = new ArrayList<>();
  private final Deque<Call> underWay = new ArrayDeque<>();
  private int cancelled;

  FakeCallouts(FakeLoop loop, HeadStores heads) {
    this.loop = loop;
    this.heads = heads;
  }

  /// What was sent: cluster, head on one line, body, timeout.
  List<String> calls() {
    return calls;
  }

  int underWay() {
    return underWay.size();
  }

  int cancelled() {
    return cancelled;
  }

  /// Answers the oldest call.
  void answer(int status, String text) {
    var call = underWay.remove();
    loop.execute(() -> call.answer(status, text));
    loop.runTasks();
  }

  /// Breaks the oldest call off.
  void fail() {
    var call = underWay.remove();
    loop.execute(() -> call.outcome.onFailure(ResetReason.REMOTE_RESET));
    loop.runTasks();
  }

  @Override
  public boolean knows(String cluster) {
    return cluster.equals("users");
  }

  @Override
  public @Nullable Callout call(CalloutSpec spec, CalloutSink outcome) {
    loop.assertOnLoop();
    calls.add(
        spec.cluster()
            + " | "
            + spec.head().toString().strip().replace("\n", ", ")
            + " | "
            + new String(spec.body(), StandardCharsets.UTF_8)
            + " | "
            + spec.timeoutMillis());
    release(spec.head());
    release(spec.trailers());
    if (!knows(spec.cluster())) {
      return null;
    }
    var call = new Call(outcome);
    underWay.add(call);
    return call;
  }

  private static void release(@Nullable HeaderMap head) {
    if (head != null) {
      head.release();
    }
  }

  private final class Call implements Callout {
    private final CalloutSink outcome;

    Call(CalloutSink outcome) {
      this.outcome = outcome;
    }

    @Override
    public void cancel() {
      if (underWay.remove(this)) {
        cancelled++;
      }
    }

    private void answer(int status, String text) {
      var head = heads.take(HeadKind.RESPONSE);
      head.setStatus(status);
      try (var body = new BodyBuffer(Integer.MAX_VALUE)) {
        body.append(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8)));
        outcome.onAnswer(head, body, null);
      } finally {
        head.release();
      }
    }
  }

  /// Guests make no gRPC calls yet.
  @Override
  public @Nullable GrpcCallout grpc(GrpcCalloutSpec spec, GrpcCalloutSink sink) {
    throw new UnsupportedOperationException(spec.service());
  }
}
