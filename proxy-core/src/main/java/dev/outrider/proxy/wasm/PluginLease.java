package dev.outrider.proxy.wasm;

import org.jspecify.annotations.Nullable;

/// A plugin in use on one loop, whatever it is used for, from `WasmPlugin.lease` to [#close]. Which
/// VM it runs in, and whether that is there, changes underneath. On the loop.
final class PluginLease implements AutoCloseable {
  private final WorkerPlugin plugin;
  private boolean wanted = true;
  private boolean closed;

  PluginLease(WorkerPlugin plugin) {
    this.plugin = plugin;
  }

  /// The plugin in its VM; null if it is gone (failed, not started yet, ended): then [#passes] says
  /// what becomes of a new stream.
  @Nullable GuestPlugin running() {
    return plugin.running();
  }

  FailurePolicy policy() {
    return plugin.policy();
  }

  /// Whether a new stream goes on without the plugin, which is not running; otherwise it fails.
  boolean passes() {
    return plugin.passes();
  }

  /// The configuration that uses it has been replaced, though streams of it may still come: its
  /// time runs out.
  void retire() {
    if (wanted && !closed) {
      wanted = false;
      plugin.unwanted();
    }
  }

  /// It has been configured again since [#retire].
  void want() {
    if (!wanted && !closed) {
      wanted = true;
      plugin.wanted();
    }
  }

  /// No streams will be made by this lease any more. Idempotent.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      plugin.release(wanted);
    }
  }
}
