package dev.outrider.proxywasm.host;

/// What the embedder keeps for one plugin (one root context); also the plugin's identity in the
/// services' calls.
public interface PluginHost {
  /// Of a callback whose time was not taken.
  long NOT_TIMED = -1;

  /// Read: as [HttpStreamHost#property], where there is no exchange. `plugin_name`,
  /// `plugin_root_id` and `plugin_vm_id` are answered by the library.
  WasmResult property(byte[] path, int offset, int length, ByteSink value);

  /// A shared queue that this plugin registered got an item. **Called on any thread**: post to the
  /// VM's own thread and call `PluginContext.onQueueReady(token)` there.
  void queueReady(int token);

  /// From inside a guest's call, perhaps thousands of times a second: the plugin asked for more
  /// than it may have, and did not get it. Count it; the library says it in the log, once.
  default void refused(GuestLimit limit) {}

  /// Effect, at most once: the VM of this plugin has failed, in whatever context;
  /// `WasmVm.failure()` says how. Told to every plugin of the VM.
  void failed();

  /// News, after each callback of this plugin: for statistics. The guest has left the stack, its
  /// effects have not been delivered; the VM must not be called.
  ///
  /// @param callback the export
  /// @param hostCalls how often guest and host called each other in it, itself counted
  /// @param nanos elapsed time, or [#NOT_TIMED]: one callback in sixteen is timed
  default void ran(String callback, long hostCalls, long nanos) {}

  /// Effect, once: the plugin has ended after `PluginContext.shutdown()`; its root context is gone.
  void ended();
}
