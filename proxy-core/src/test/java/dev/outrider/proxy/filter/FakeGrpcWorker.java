package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.Callout;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxy.upstream.GrpcCalloutSpec;
import dev.outrider.proxy.upstream.Upstreams;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A worker whose calls go nowhere: it shows what was sent, and ends a call when it is told to.
public final class FakeGrpcWorker implements WorkerContext, CalloutClient {
  public final FakeLoop loop = new FakeLoop();

  /// `cluster service/method authority`, or `-` for the last.
  public final List<String> calls = new ArrayList<>();

  /// In milliseconds, of each call.
  public final List<Long> timeouts = new ArrayList<>();

  public final List<byte[]> messages = new ArrayList<>();

  /// Whether the last call has been told that no more messages come.
  public boolean ended;

  /// Whether there is no such cluster.
  public boolean absent;

  /// Whether the cluster has no endpoint that a call could go to: its status comes, but later.
  public boolean endpointless;

  private final HeadStores heads = new HeadStores();
  private final Deque<GrpcCalloutSink> open = new ArrayDeque<>();

  /// The service goes away.
  public void fail() {
    taken().onStatus(14, "", "");
  }

  /// The service answers the oldest call.
  public void answer(byte[] message) {
    var sink = taken();
    sink.onMessage(message);
    sink.onStatus(0, "", "");
  }

  /// The connection takes nothing of so many bytes for now; negative when it does again.
  public void stall(int bytes) {
    var sink = open.peek();
    if (sink == null) {
      throw new AssertionError("there is no call");
    }
    sink.onQueued(bytes);
  }

  private GrpcCalloutSink taken() {
    var sink = open.poll();
    if (sink == null) {
      throw new AssertionError("there is no call");
    }
    return sink;
  }

  @Override
  public @Nullable GrpcCallout grpc(GrpcCalloutSpec spec, GrpcCalloutSink outcome) {
    var line = spec.metadata().find(HeaderNames.AUTHORITY);
    var authority = line < 0 ? "-" : spec.metadata().value(line);
    calls.add("%s %s/%s %s".formatted(spec.cluster(), spec.service(), spec.method(), authority));
    timeouts.add(spec.timeoutMillis());
    spec.metadata().release();
    if (absent) {
      return null;
    }
    open.add(outcome);
    ended = false;
    return new Call();
  }

  /// Takes everything, if there is somebody to take it.
  private final class Call implements GrpcCallout {
    @Override
    public boolean send(byte[] message, boolean end) {
      if (endpointless) {
        return false;
      }
      messages.add(message);
      ended = end;
      return true;
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public void cancel() {}
  }

  @Override
  public boolean knows(String cluster) {
    return !absent;
  }

  @Override
  public @Nullable Callout call(CalloutSpec spec, CalloutSink outcome) {
    throw new AssertionError("no log calls without gRPC");
  }

  @Override
  public FakeLoop loop() {
    return loop;
  }

  @Override
  public CalloutClient callouts() {
    return this;
  }

  @Override
  public Upstreams upstreams() {
    throw new UnsupportedOperationException("there are no clusters");
  }

  @Override
  public RandomGenerator random() {
    return new SplittableRandom(1);
  }

  @Override
  public RuntimeReader runtime() {
    return new RuntimeReader();
  }

  @Override
  public HeadStores heads() {
    return heads;
  }
}
