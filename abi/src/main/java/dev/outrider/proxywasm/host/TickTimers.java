package dev.outrider.proxywasm.host;

/// One one-shot timer per plugin, on the VM's own thread. Called from inside guest calls: a timer
/// never fires inline.
public interface TickTimers {
  /// Never fires: for an embedder that does not run guests between exchanges.
  TickTimers NEVER =
      new TickTimers() {
        @Override
        public void arm(PluginHost plugin, long millis) {}

        @Override
        public void disarm(PluginHost plugin) {}
      };

  /// Fires once in that many milliseconds (> 0), by `PluginContext.onTick()`; replaces what was
  /// armed before. The library arms again after each tick.
  void arm(PluginHost plugin, long millis);

  /// Drops what was armed; nothing if nothing was.
  void disarm(PluginHost plugin);
}
