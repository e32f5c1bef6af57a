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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A [CalloutClient] that knows the cluster `users`, unless told otherwise, and answers when the
/// test says so.
final class FakeCallouts implements CalloutClient {
  private final FakeLoop loop;
  private final HeadStores heads;
  private final List<String> calls = new ArrayList<>();
  private final Deque<Call> underWay = new ArrayDeque<>();
  private final List<String> grpc = new ArrayList<>();
  private @Nullable GrpcCalloutSink grpcSink;
  private boolean grpcStalled;
  private int cancelled;
  private boolean empty;

  FakeCallouts(FakeLoop loop, HeadStores heads) {
    this.loop = loop;
    this.heads = heads;
  }

  /// What was sent: cluster, head on one line, body, timeout.
  List<String> calls() {
    return calls;
  }

  /// Whether there is no cluster at all.
  void empty(boolean none) {
    empty = none;
  }

  int underWay() {
    return underWay.size();
  }

  int cancelled() {
    return cancelled;
  }

  /// Answers the oldest call.
  void answer(int status, String text) {
    answer(status, text.getBytes(StandardCharsets.UTF_8));
  }

  /// Answers the oldest call.
  void answer(int status, byte[] body) {
    var call = underWay.remove();
    loop.execute(() -> call.answer(status, body));
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
    return !empty && cluster.equals("users");
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

    private void answer(int status, byte[] bytes) {
      var head = heads.take(HeadKind.RESPONSE);
      head.setStatus(status);
      try (var body = new BodyBuffer(Integer.MAX_VALUE)) {
        body.append(Unpooled.wrappedBuffer(bytes));
        outcome.onAnswer(head, body, null);
      } finally {
        head.release();
      }
    }
  }

  /// What was asked of gRPC: `start users /s/m | head on one line | timeout`, `send hi`, `send hi
  /// end`, `end`, `cancel`.
  List<String> grpc() {
    return grpc;
  }

  /// The newest gRPC call's way back; run it inside [#inTurn].
  GrpcCalloutSink grpcSink() {
    return Objects.requireNonNull(grpcSink, "no gRPC call");
  }

  /// From now on gRPC messages wait for their connection.
  void stallGrpc() {
    grpcStalled = true;
  }

  /// As the loop would.
  void inTurn(Runnable task) {
    loop.execute(task);
    loop.runTasks();
  }

  @Override
  public @Nullable GrpcCallout grpc(GrpcCalloutSpec spec, GrpcCalloutSink sink) {
    loop.assertOnLoop();
    grpc.add(
        "start %s /%s/%s | %s | %d"
            .formatted(
                spec.cluster(),
                spec.service(),
                spec.method(),
                spec.metadata().toString().strip().replace("\n", ", "),
                spec.timeoutMillis()));
    release(spec.metadata());
    if (!knows(spec.cluster())) {
      return null;
    }
    grpcSink = sink;
    return new GrpcCallout() {
      @Override
      public boolean send(byte[] message, boolean end) {
        grpc.add("send " + new String(message, StandardCharsets.UTF_8) + (end ? " end" : ""));
        if (grpcStalled) {
          sink.onQueued(message.length);
        }
        return true;
      }

      @Override
      public void end() {
        grpc.add("end");
      }

      @Override
      public void cancel() {
        grpc.add("cancel");
      }
    };
  }
}
