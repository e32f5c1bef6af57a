package dev.outrider.proxy.wasm;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The replaced configurations of the plugins of one loop that still have something to finish: two
/// of a plugin at most, whatever the control plane does. On the loop.
final class Generations {
  static final int MOST = 2;

  private final Map<Name, ArrayDeque<WorkerPlugin>> retired = new HashMap<>();

  /// What stays when a plugin's configuration changes. Nobody can say of plugins without a name
  /// whether they are the same: those are not counted.
  private record Name(String vmId, String name, String rootId) {
    static @Nullable Name of(WorkerPlugin plugin) {
      var key = plugin.plugin().key();
      return key.name().isEmpty() ? null : new Name(key.vm().vmId(), key.name(), key.rootId());
    }
  }

  /// The oldest is ended if there are too many now.
  void add(WorkerPlugin plugin) {
    var name = Name.of(plugin);
    if (name == null) {
      return;
    }
    var generations = retired.computeIfAbsent(name, _ -> new ArrayDeque<>());
    generations.add(plugin);
    if (generations.size() > MOST) {
      generations.removeFirst().expire();
    }
  }

  /// It has ended, or is wanted again.
  void remove(WorkerPlugin plugin) {
    var name = Name.of(plugin);
    var generations = name == null ? null : retired.get(name);
    if (name != null && generations != null) {
      generations.remove(plugin);
      if (generations.isEmpty()) {
        retired.remove(name);
      }
    }
  }

  int size() {
    return retired.values().stream().mapToInt(ArrayDeque::size).sum();
  }
}
