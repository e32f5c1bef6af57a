package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.filter.WorkerContext;
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
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A worker whose calls go nowhere: it shows what was sent, and ends a call when it is told to.
final class FakeLogWorker implements WorkerContext, CalloutClient, GrpcCallout {
  final FakeLoop loop = new FakeLoop();
  final List<String> calls = new ArrayList<>();
  final List<StreamAccessLogsMessage> messages = new ArrayList<>();
  boolean ended;
  boolean absent;
  private final HeadStores heads = new HeadStores();
  private @Nullable GrpcCalloutSink sink;

  /// The service goes away.
  void fail() {
    var open = sink();
    sink = null;
    open.onStatus(14, "", "");
  }

  /// The connection takes nothing of so many bytes for now; negative when it does again.
  void stall(int bytes) {
    sink().onQueued(bytes);
  }

  private GrpcCalloutSink sink() {
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
    spec.metadata().release();
    if (absent) {
      return null;
    }
    sink = outcome;
    return this;
  }

  @Override
  public boolean send(byte[] message, boolean end) {
    try {
      messages.add(StreamAccessLogsMessage.parseFrom(message));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    return true;
  }

  @Override
  public void end() {
    ended = true;
  }

  @Override
  public void cancel() {}

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
