package dev.outrider.proxywasm.testkit;

import dev.outrider.proxywasm.host.HttpCallout;
import dev.outrider.proxywasm.host.HttpCallouts;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Takes requests to the upstreams that the test names; answers none by itself.
public final class ScriptedCallouts implements HttpCallouts {
  private final Set<String> upstreams = new HashSet<>();
  private final Map<Integer, HttpCallout> pending = new LinkedHashMap<>();

  /// From now on that upstream exists.
  public void addUpstream(String name) {
    upstreams.add(name);
  }

  /// Tokens of requests without an answer, oldest first.
  public List<Integer> tokens() {
    return List.copyOf(pending.keySet());
  }

  /// Requests without an answer, oldest first.
  public List<HttpCallout> requests() {
    return List.copyOf(pending.values());
  }

  /// Takes the oldest request away, to be answered; its token.
  public int takeOldest() {
    int token = pending.keySet().iterator().next();
    pending.remove(token);
    return token;
  }

  @Override
  public WasmResult start(PluginHost plugin, int token, HttpCallout call) {
    if (!upstreams.contains(call.upstream())) {
      return WasmResult.BAD_ARGUMENT;
    }
    pending.put(token, call);
    return WasmResult.OK;
  }

  @Override
  public void cancel(PluginHost plugin, int token) {
    pending.remove(token);
  }
}
