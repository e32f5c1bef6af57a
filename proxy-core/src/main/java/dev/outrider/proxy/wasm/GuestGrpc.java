package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxy.upstream.GrpcCalloutSpec;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.host.GrpcCallouts;
import dev.outrider.proxywasm.host.GrpcTarget;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The gRPC calls of one plugin. What the guest asks for before a worker has adopted it is recorded
/// and happens then.
///
/// Confined like its VM: first to the thread that prepares it, then to the worker.
final class GuestGrpc implements GrpcCallouts {
  private static final int OK = 0;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;

  private final List<Runnable> recorded = new ArrayList<>();
  private final Map<Integer, Call> underWay = new HashMap<>();
  private final Set<String> remarks = new HashSet<>();
  private long queued;
  private @Nullable WorkerContext worker;
  private @Nullable PluginContext plugin;

  /// Carries out what was recorded; from now on effects happen at once.
  void adopt(WorkerContext newWorker, PluginContext newPlugin) {
    worker = newWorker;
    plugin = newPlugin;
    queued = 0;
    recorded.forEach(Runnable::run);
    recorded.clear();
  }

  @Override
  public WasmResult call(
      PluginHost host, int token, GrpcTarget target, byte[] message, long timeoutMillis) {
    return start(token, target, message, timeoutMillis);
  }

  @Override
  public WasmResult open(PluginHost host, int token, GrpcTarget target) {
    return start(token, target, null, 0);
  }

  /// @param message of a call; null opens a stream
  private WasmResult start(
      int token, GrpcTarget target, byte @Nullable [] message, long timeoutMillis) {
    var on = worker;
    var whose = plugin;
    if (on == null || whose == null) {
      recorded.add(() -> startRecorded(token, target, message, timeoutMillis));
      return WasmResult.OK;
    }
    return switch (GrpcServiceRef.of(target.service(), on.callouts())) {
      case GrpcServiceRef.Found found ->
          startNow(
              on,
              new Call(on, whose, token, message == null),
              found,
              target,
              message,
              timeoutMillis);
      case GrpcServiceRef.Refused(var status, var why) -> {
        remark(why);
        yield status;
      }
    };
  }

  private void startRecorded(
      int token, GrpcTarget target, byte @Nullable [] message, long timeoutMillis) {
    var on = worker;
    var whose = plugin;
    if (on != null
        && whose != null
        && start(token, target, message, timeoutMillis) != WasmResult.OK) {
      on.loop().execute(() -> whose.onGrpcClose(token, UNAVAILABLE, ""));
    }
  }

  private WasmResult startNow(
      WorkerContext on,
      Call call,
      GrpcServiceRef.Found service,
      GrpcTarget target,
      byte @Nullable [] message,
      long timeoutMillis) {
    for (var field : service.ignoredFields(call.stream)) {
      remark("GrpcService." + field + " is not supported and does nothing");
    }
    var head = on.heads().take(HeadKind.REQUEST);
    if (!service.addTo(head) || !HeaderMapAdapter.addAll(head, target.metadata())) {
      head.release();
      remark("metadata that cannot stand in a request");
      return WasmResult.INTERNAL_FAILURE;
    }
    long timeout = timeoutMillis > 0 || call.stream ? timeoutMillis : service.timeoutMillis();
    var spec =
        new GrpcCalloutSpec(
            service.cluster(), target.serviceName(), target.methodName(), head, timeout);
    var started = on.callouts().grpc(spec, call);
    if (started == null) {
      return WasmResult.INTERNAL_FAILURE;
    }
    call.out = started;
    underWay.put(call.token, call);
    if (message != null) {
      var _ = started.send(message, true);
    }
    return WasmResult.OK;
  }

  @Override
  public void send(PluginHost host, int token, byte[] message, boolean end) {
    if (worker == null) {
      queued += message.length;
      recorded.add(() -> send(host, token, message, end));
      return;
    }
    var call = underWay.get(token);
    if (call != null && call.out != null) {
      var _ = call.out.send(message, end);
    }
  }

  @Override
  public void close(PluginHost host, int token) {
    if (worker == null) {
      recorded.add(() -> close(host, token));
      return;
    }
    var call = underWay.get(token);
    if (call != null && call.out != null) {
      call.out.end();
    }
  }

  @Override
  public void cancel(PluginHost host, int token) {
    if (worker == null) {
      recorded.add(() -> cancel(host, token));
      return;
    }
    var call = underWay.remove(token);
    if (call != null && call.out != null) {
      call.out.cancel();
    }
  }

  @Override
  public long queuedBytes(PluginHost host) {
    return queued;
  }

  /// Once per plugin and subject.
  private void remark(String text) {
    if (remarks.size() < 100 && remarks.add(text)) {
      GuestLogSink.LOG.warn("wasm gRPC call: {}", GuestLogSink.printable(text));
    }
  }

  /// One call or stream, on its way back to the guest.
  private final class Call implements GrpcCalloutSink {
    private final WorkerContext on;
    private final PluginContext target;
    private final int token;
    private final boolean stream;
    private @Nullable GrpcCallout out;
    private byte @Nullable [] answer;
    private boolean begun;
    private boolean ended;

    Call(WorkerContext on, PluginContext target, int token, boolean stream) {
      this.on = on;
      this.target = target;
      this.token = token;
      this.stream = stream;
    }

    @Override
    public void onInitialMetadata(HeaderMap metadata) {
      begun = true;
      if (stream) {
        target.onGrpcInitialMetadata(token, new HeaderMapAdapter(metadata));
      }
    }

    @Override
    public void onMessage(byte[] message) {
      if (stream) {
        target.onGrpcReceive(token, message);
      } else {
        answer = message;
      }
    }

    @Override
    public void onTrailingMetadata(HeaderMap metadata) {
      if (stream) {
        beginIfNotYet();
        ended = true;
        target.onGrpcTrailingMetadata(token, new HeaderMapAdapter(metadata));
      }
    }

    @Override
    public void onStatus(int code, String message, String details) {
      underWay.remove(token);
      var received = answer;
      if (stream) {
        endIfNotYet();
        target.onGrpcClose(token, code, said(message, details));
      } else if (code != OK) {
        target.onGrpcClose(token, code, said(message, details));
      } else if (received == null) {
        target.onGrpcClose(token, INTERNAL, "");
      } else {
        target.onGrpcReceive(token, received);
      }
    }

    /// As Envoy's client of gRPC says it.
    private static String said(String message, String details) {
      return message.isEmpty() ? details : message + "{" + details + "}";
    }

    /// An answer that consists of a status only has empty metadata in front of it, as in Envoy.
    private void beginIfNotYet() {
      if (!begun) {
        begun = true;
        var none = on.heads().take(HeadKind.RESPONSE);
        target.onGrpcInitialMetadata(token, new HeaderMapAdapter(none));
        none.release();
      }
    }

    /// And one that breaks off has empty metadata behind it.
    private void endIfNotYet() {
      if (!ended) {
        beginIfNotYet();
        ended = true;
        var none = on.heads().take(HeadKind.TRAILERS);
        target.onGrpcTrailingMetadata(token, new HeaderMapAdapter(none));
        none.release();
      }
    }

    @Override
    public void onQueued(int bytes) {
      queued += bytes;
    }
  }
}
