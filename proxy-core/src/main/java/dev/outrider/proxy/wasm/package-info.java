/// Puts a VM of the Wasm library behind the filter contract: `envoy.filters.http.wasm`.
///
/// Three lifetimes, as everywhere: [WasmFilterFactory][dev.outrider.proxy.wasm.WasmFilterFactory]
/// (shared, made by the provider), [WorkerPlugin][dev.outrider.proxy.wasm.WorkerPlugin] (one
/// worker: the VM and the failure policy) and [WasmFilter][dev.outrider.proxy.wasm.WasmFilter] (one
/// stream). Modules are read, compiled and started on the background executor; a started VM is
/// handed to its worker once, and what the guest asked for meanwhile (timers, calls) happens from
/// then on.
///
/// Depends on `filter`, `extension`, `upstream`, `attributes`, `stream`, `http`, `metrics`, `loop`,
/// the generated Wasm messages, and is the only package that knows the library
/// (`dev.outrider.proxywasm`). Read
/// [WasmFilterProvider][dev.outrider.proxy.wasm.WasmFilterProvider] first.
@NullMarked
package dev.outrider.proxy.wasm;

import org.jspecify.annotations.NullMarked;
