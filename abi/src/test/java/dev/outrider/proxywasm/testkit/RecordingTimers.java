package dev.outrider.proxywasm.testkit;

import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.TickTimers;
import java.util.IdentityHashMap;

/// Remembers which timer is armed; fires none by itself.
public final class RecordingTimers implements TickTimers {
  private final IdentityHashMap<PluginHost, Long> armed = new IdentityHashMap<>();
  private int armings;

  /// Milliseconds until that plugin's tick, 0 if none is armed.
  public long armedMillis(PluginHost plugin) {
    return armed.getOrDefault(plugin, 0L);
  }

  /// How often any timer was armed.
  public int armings() {
    return armings;
  }

  /// Takes the armed timer of a plugin, as if it had run out; false if none is armed.
  public boolean runOut(PluginHost plugin) {
    return armed.remove(plugin) != null;
  }

  @Override
  public void arm(PluginHost plugin, long millis) {
    armed.put(plugin, millis);
    armings++;
  }

  @Override
  public void disarm(PluginHost plugin) {
    armed.remove(plugin);
  }
}
