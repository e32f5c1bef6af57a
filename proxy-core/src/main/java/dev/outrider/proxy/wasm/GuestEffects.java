package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.upstream.Callout;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.host.CalloutResponse;
import dev.outrider.proxywasm.host.HttpCallout;
import dev.outrider.proxywasm.host.HttpCallouts;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.TickTimers;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The timer and the calls of one plugin. What the guest asks for before a worker has adopted it is
/// recorded and happens then.
///
/// Confined like its VM: first to the thread that prepares it, then to the worker.
final class GuestEffects implements TickTimers, HttpCallouts {
  /// `proxy_get_status` after a call without an answer, as in Envoy.
  private static final int BROKEN_CONNECTION = 11;

  private final Map<Integer, HttpCallout> recorded = new LinkedHashMap<>();
  private final Map<Integer, Callout> underWay = new HashMap<>();
  private long recordedTick;
  private @Nullable WorkerContext worker;
  private @Nullable PluginContext plugin;
  private @Nullable Timer tick;

  /// Carries out what was recorded; from now on effects happen at once.
  void adopt(WorkerContext newWorker, PluginContext newPlugin) {
    worker = newWorker;
    plugin = newPlugin;
    tick = newWorker.loop().timers().newTimer(newPlugin::onTick);
    if (recordedTick > 0) {
      tick.arm(recordedTick);
    }
    recorded.forEach(
        (token, call) -> {
          if (startNow(newWorker, newPlugin, token, call) != WasmResult.OK) {
            newWorker
                .loop()
                .execute(() -> newPlugin.onHttpCallFailure(token, BROKEN_CONNECTION, "reset"));
          }
        });
    recorded.clear();
  }

  @Override
  public void arm(PluginHost host, long millis) {
    if (tick == null) {
      recordedTick = millis;
    } else {
      tick.arm(millis);
    }
  }

  @Override
  public void disarm(PluginHost host) {
    recordedTick = 0;
    if (tick != null) {
      tick.cancel();
    }
  }

  @Override
  public WasmResult start(PluginHost host, int token, HttpCallout call) {
    if (worker == null || plugin == null) {
      recorded.put(token, call);
      return WasmResult.OK;
    }
    return startNow(worker, plugin, token, call);
  }

  @Override
  public void cancel(PluginHost host, int token) {
    recorded.remove(token);
    var callout = underWay.remove(token);
    if (callout != null) {
      callout.cancel();
    }
  }

  private WasmResult startNow(WorkerContext on, PluginContext target, int token, HttpCallout call) {
    if (!on.callouts().knows(call.upstream())) {
      return WasmResult.BAD_ARGUMENT;
    }
    var head = on.heads().take(HeadKind.REQUEST);
    var trailers = call.trailers().size() == 0 ? null : on.heads().take(HeadKind.TRAILERS);
    if (!HeaderMapAdapter.addAll(head, call.headers())
        || (trailers != null && !HeaderMapAdapter.addAll(trailers, call.trailers()))) {
      head.release();
      if (trailers != null) {
        trailers.release();
      }
      return WasmResult.BAD_ARGUMENT;
    }
    var spec = new CalloutSpec(call.upstream(), head, call.body(), trailers, call.timeoutMillis());
    var callout = on.callouts().call(spec, new Outcome(token, target));
    if (callout == null) {
      return WasmResult.INTERNAL_FAILURE;
    }
    underWay.put(token, callout);
    return WasmResult.OK;
  }

  private final class Outcome implements CalloutSink {
    private final int token;
    private final PluginContext target;

    Outcome(int token, PluginContext target) {
      this.token = token;
      this.target = target;
    }

    @Override
    public void onAnswer(HeaderMap head, BodyBuffer body, @Nullable HeaderMap trailers) {
      underWay.remove(token);
      target.onHttpCallResponse(
          token,
          new CalloutResponse(
              new HeaderMapAdapter(head),
              new BodyBufferAdapter(body),
              trailers == null ? null : new HeaderMapAdapter(trailers)));
    }

    @Override
    public void onFailure(ResetReason why) {
      underWay.remove(token);
      target.onHttpCallFailure(token, BROKEN_CONNECTION, "reset");
    }
  }
}
