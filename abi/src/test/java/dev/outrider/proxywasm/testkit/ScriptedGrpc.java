package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.GrpcCallouts;
import dev.outrider.proxywasm.host.GrpcTarget;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Takes gRPC calls to the services that the test names; answers none by itself. Messages are
/// texts.
public final class ScriptedGrpc implements GrpcCallouts {
  private final Set<String> services = new HashSet<>();
  private final Map<Integer, GrpcTarget> pending = new LinkedHashMap<>();
  private final List<String> events = new ArrayList<>();
  private boolean stalled;
  private long queued;

  /// From now on the bytes of that text name a service.
  public void addService(String name) {
    services.add(name);
  }

  /// From now on connections take nothing, so that what streams send waits.
  public void stall() {
    stalled = true;
  }

  /// `call 5 /s/m text 500`, `open 6 /s/m`, `send 6 text`, `end 6`, `close 6`, `cancel 6`: in the
  /// order they came.
  public List<String> events() {
    return List.copyOf(events);
  }

  /// Where the calls and streams go that have not ended, oldest first.
  public List<GrpcTarget> targets() {
    return List.copyOf(pending.values());
  }

  /// Tokens of calls and streams that have not ended, oldest first.
  public List<Integer> tokens() {
    return List.copyOf(pending.keySet());
  }

  /// Takes the oldest call or stream away, to be ended; its token.
  public int takeOldest() {
    int token = pending.keySet().iterator().next();
    pending.remove(token);
    return token;
  }

  @Override
  public WasmResult call(
      PluginHost plugin, int token, GrpcTarget target, byte[] message, long timeoutMillis) {
    return start(
        token,
        target,
        "call %d %s %s %d"
            .formatted(token, path(target), new String(message, UTF_8), timeoutMillis));
  }

  @Override
  public WasmResult open(PluginHost plugin, int token, GrpcTarget target) {
    return start(token, target, "open " + token + " " + path(target));
  }

  private WasmResult start(int token, GrpcTarget target, String event) {
    if (!services.contains(new String(target.service(), UTF_8))) {
      return WasmResult.PARSE_FAILURE;
    }
    pending.put(token, target);
    events.add(event);
    return WasmResult.OK;
  }

  private static String path(GrpcTarget target) {
    return "/" + target.serviceName() + "/" + target.methodName();
  }

  @Override
  public void send(PluginHost plugin, int token, byte[] message, boolean end) {
    events.add("send " + token + " " + new String(message, UTF_8));
    if (end) {
      events.add("end " + token);
    }
    queued += stalled ? message.length : 0;
  }

  @Override
  public void close(PluginHost plugin, int token) {
    events.add("close " + token);
  }

  @Override
  public void cancel(PluginHost plugin, int token) {
    events.add("cancel " + token);
    pending.remove(token);
  }

  @Override
  public long queuedBytes(PluginHost plugin) {
    return queued;
  }
}
