/// What an embedder holds: a module, the VMs started from it, their plugins and streams.
///
/// Depends on all other packages of this library; `imports`, `guest` and `engine` are invisible
/// outside. A [FilterModule] is immutable and shared; a [WasmVm] and everything made from it
/// belongs to one thread at a time: it may be started on one thread and handed over once. On
/// control paths (load, start, new plugin) failures are thrown; under traffic they are reported to
/// the hosts (`failed()`), and callbacks answer with a stop.
///
/// Read [WasmVm] first.
@NullMarked
package dev.outrider.proxywasm;

import org.jspecify.annotations.NullMarked;
