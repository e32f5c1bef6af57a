package dev.outrider.proxywasm.engine;

import org.jspecify.annotations.Nullable;

/// A running module: linear memory, globals, tables. Confined to one thread at a time.
///
/// Every `call` takes the index of [CompiledModule#exportIndex], returns the result (0 for none)
/// and throws [GuestTrapException] or a [HostAbortException]; after either one the instance is dead
/// and each later call throws the same again. Calls may nest (host code that calls the guest's
/// allocator).
public final class WasmInstance {
  private WasmInstance() {}

  public CompiledModule module() {
    throw new UnsupportedOperationException("follows");
  }

  /// The module's memory; a module without one has an empty memory.
  public FlatMemory memory() {
    throw new UnsupportedOperationException("follows");
  }

  /// Set by the owner of the instance, read by host code: the VM that this instance is of.
  public void attach(Object owner) {
    throw new UnsupportedOperationException("follows");
  }

  public @Nullable Object owner() {
    throw new UnsupportedOperationException("follows");
  }

  public long call(int export) {
    throw new UnsupportedOperationException("follows");
  }

  public long call(int export, long a) {
    throw new UnsupportedOperationException("follows");
  }

  public long call(int export, long a, long b) {
    throw new UnsupportedOperationException("follows");
  }

  public long call(int export, long a, long b, long c) {
    throw new UnsupportedOperationException("follows");
  }

  public long call(int export, long a, long b, long c, long d) {
    throw new UnsupportedOperationException("follows");
  }

  public long call(int export, long a, long b, long c, long d, long e) {
    throw new UnsupportedOperationException("follows");
  }

  /// Gives the memory back to its pool. The instance is dead afterwards; idempotent.
  public void close() {
    throw new UnsupportedOperationException("follows");
  }
}
