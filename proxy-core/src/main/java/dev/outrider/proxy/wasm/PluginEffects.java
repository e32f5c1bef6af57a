package dev.outrider.proxy.wasm;

import dev.outrider.proxywasm.host.HttpCallout;
import dev.outrider.proxywasm.host.HttpCallouts;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.TickTimers;
import dev.outrider.proxywasm.host.WasmResult;

/// Hands what the guests of one VM ask for to the plugin that asks.
final class PluginEffects implements TickTimers, HttpCallouts {
  private static GuestEffects of(PluginHost host) {
    return ((GuestPlugin) host).effects(); // every plugin of a GuestVm is one
  }

  @Override
  public void arm(PluginHost plugin, long millis) {
    of(plugin).arm(plugin, millis);
  }

  @Override
  public void disarm(PluginHost plugin) {
    of(plugin).disarm(plugin);
  }

  @Override
  public WasmResult start(PluginHost plugin, int token, HttpCallout call) {
    return of(plugin).start(plugin, token, call);
  }

  @Override
  public void cancel(PluginHost plugin, int token) {
    of(plugin).cancel(plugin, token);
  }
}
