package dev.outrider.proxy.wasm;

import dev.outrider.proxywasm.host.GrpcCallouts;
import dev.outrider.proxywasm.host.GrpcTarget;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;

/// As [PluginEffects], for gRPC calls.
final class PluginGrpc implements GrpcCallouts {
  private static GuestGrpc of(PluginHost host) {
    return ((GuestPlugin) host).grpc(); // every plugin of a GuestVm is one
  }

  @Override
  public WasmResult call(
      PluginHost plugin, int token, GrpcTarget target, byte[] message, long timeoutMillis) {
    return of(plugin).call(plugin, token, target, message, timeoutMillis);
  }

  @Override
  public WasmResult open(PluginHost plugin, int token, GrpcTarget target) {
    return of(plugin).open(plugin, token, target);
  }

  @Override
  public void send(PluginHost plugin, int token, byte[] message, boolean end) {
    of(plugin).send(plugin, token, message, end);
  }

  @Override
  public void close(PluginHost plugin, int token) {
    of(plugin).close(plugin, token);
  }

  @Override
  public void cancel(PluginHost plugin, int token) {
    of(plugin).cancel(plugin, token);
  }

  @Override
  public long queuedBytes(PluginHost plugin) {
    return of(plugin).queuedBytes(plugin);
  }
}
