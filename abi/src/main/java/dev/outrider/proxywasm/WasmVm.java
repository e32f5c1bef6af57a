package dev.outrider.proxywasm;

import dev.outrider.proxywasm.host.HostServices;
import dev.outrider.proxywasm.host.PluginHost;
import org.jspecify.annotations.Nullable;

/// One instance of a module: its memory, its contexts, its failure. Belongs to one thread at a
/// time, which may change once, with a happens-before edge, between [#start] and the first
/// callback.
public final class WasmVm implements AutoCloseable {
  private WasmVm() {}

  /// Instantiates the module and runs `_initialize` (then `main`), else `_start`. Slow for Go
  /// guests (tens of ms).
  ///
  /// @throws GuestFailureException if a start function fails, is a command, or an export is missing
  public static WasmVm start(FilterModule module, VmSpec spec, HostServices services) {
    throw new UnsupportedOperationException("follows");
  }

  /// Creates a root context and runs `proxy_on_context_create`, `proxy_on_vm_start` and
  /// `proxy_on_configure`.
  ///
  /// @throws GuestFailureException if one of them fails (then the VM has failed) or answers false
  ///   (then only this plugin is gone and the VM goes on)
  public PluginContext newPlugin(PluginSpec spec, PluginHost host) {
    throw new UnsupportedOperationException("follows");
  }

  /// Why the VM can run nothing any more, or null while it can.
  public @Nullable GuestFailure failure() {
    throw new UnsupportedOperationException("follows");
  }

  /// Bytes of linear memory now.
  public long memoryBytes() {
    throw new UnsupportedOperationException("follows");
  }

  /// Cancels timers and callouts, closes shared spaces, gives the memory back. Runs no guest code;
  /// idempotent.
  @Override
  public void close() {
    throw new UnsupportedOperationException("follows");
  }
}
