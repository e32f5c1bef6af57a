package dev.outrider.proxywasm.host;

/// What the embedder keeps for one plugin (one root context); also the plugin's identity in the
/// services' calls.
public interface PluginHost {
  /// Read: as [HttpStreamHost#property], where there is no exchange. `plugin_name`,
  /// `plugin_root_id` and `plugin_vm_id` are answered by the library.
  WasmResult property(byte[] path, int offset, int length, ByteSink value);

  /// A shared queue that this plugin registered got an item. **Called on any thread**: post to the
  /// VM's own thread and call `PluginContext.onQueueReady(token)` there.
  void queueReady(int token);

  /// Effect, at most once: the VM of this plugin has failed, in whatever context;
  /// `WasmVm.failure()` says how. Told to every plugin of the VM.
  void failed();

  /// Effect, once: the plugin has ended after `PluginContext.shutdown()`; its root context is gone.
  void ended();
}
