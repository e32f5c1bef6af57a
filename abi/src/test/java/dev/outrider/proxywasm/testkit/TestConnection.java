package dev.outrider.proxywasm.testkit;

import dev.outrider.proxywasm.NetworkStreamContext;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.FilterStatus;
import java.util.List;

/// One TCP connection through the filter under test: show it bytes of both sides and look at what
/// went on. What the guest stops is shown again with what comes next, as Envoy does.
public final class TestConnection implements AutoCloseable {
  private final ScriptedConnection host = new ScriptedConnection();
  private final NetworkStreamContext context;
  private final StringBuilder toUpstream = new StringBuilder();
  private final StringBuilder toDownstream = new StringBuilder();

  TestConnection(PluginContext plugin) {
    context = plugin.newNetworkStream(host);
  }

  public FilterStatus onNewConnection() {
    return context.onNewConnection();
  }

  /// The client sends.
  public FilterStatus onDownstreamData(String bytes, boolean end) {
    var shown = accumulate(BufferKind.DOWNSTREAM_DATA, bytes);
    var status = context.onDownstreamData(shown.length(), end);
    if (status == FilterStatus.CONTINUE) {
      toUpstream.append(shown.text());
      host.remove(BufferKind.DOWNSTREAM_DATA);
    }
    return status;
  }

  /// The service sends.
  public FilterStatus onUpstreamData(String bytes, boolean end) {
    var shown = accumulate(BufferKind.UPSTREAM_DATA, bytes);
    var status = context.onUpstreamData(shown.length(), end);
    if (status == FilterStatus.CONTINUE) {
      toDownstream.append(shown.text());
      host.remove(BufferKind.UPSTREAM_DATA);
    }
    return status;
  }

  private TestBody accumulate(BufferKind kind, String bytes) {
    var held = host.content(kind);
    if (held != null) {
      held.append(bytes);
      return held;
    }
    var fresh = new TestBody(bytes);
    host.put(kind, fresh);
    return fresh;
  }

  /// What went on to the service while it was shown.
  public String toUpstream() {
    return toUpstream.toString();
  }

  /// What went on to the client.
  public String toDownstream() {
    return toDownstream.toString();
  }

  /// What the guest did to the connection, in order; see [ScriptedConnection#effects].
  public List<String> effects() {
    return host.effects();
  }

  public ScriptedConnection host() {
    return host;
  }

  public NetworkStreamContext context() {
    return context;
  }

  /// Ends the context: the guest logs and forgets it.
  @Override
  public void close() {
    context.close();
  }
}
