/// Puts a VM of the Wasm library behind the filter contracts: `envoy.filters.http.wasm` and
/// `envoy.filters.network.wasm`.
///
/// A plugin's way: [WasmPlugins][dev.outrider.proxy.wasm.WasmPlugins] (one per process) compiles
/// its module, tries it in a canary and prepares VMs, all on the background executor; what comes
/// out is a [WasmPlugin][dev.outrider.proxy.wasm.WasmPlugin], shared by all loops. Whatever it
/// extends leases it on its loop ([PluginLease][dev.outrider.proxy.wasm.PluginLease]) and knows
/// nothing of VMs: those are kept by the loop's [WorkerVms][dev.outrider.proxy.wasm.WorkerVms], one
/// for each [VmKey][dev.outrider.proxy.wasm.VmKey] with one root context for each
/// [PluginKey][dev.outrider.proxy.wasm.PluginKey]. Reload, crash loop and the end of an old
/// configuration are in [WorkerPlugin][dev.outrider.proxy.wasm.WorkerPlugin]. A started VM is
/// handed to its loop once, and what the guest asked for meanwhile (timers, calls) happens from
/// then on.
///
/// Depends on `filter`, `extension`, `upstream`, `attributes`, `stream`, `http`, `metrics`, `loop`,
/// the generated Wasm messages, and is the only package that knows the library
/// (`dev.outrider.proxywasm`). Read
/// [WasmFilterProvider][dev.outrider.proxy.wasm.WasmFilterProvider] first.
@NullMarked
package dev.outrider.proxy.wasm;

import org.jspecify.annotations.NullMarked;
