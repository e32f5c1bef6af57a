package dev.outrider.proxy.xds;

import dev.outrider.proxy.xds.Resource.InitTarget;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which resources are named by others, counted, so that nobody has to look at all of them to know
/// what to ask for. Main loop only.
final class References {
  private final Map<ResourceKey, Integer> counts = new HashMap<>();
  private final Set<ResourceKey> changed = new LinkedHashSet<>();

  void add(List<InitTarget> targets) {
    for (var target : targets) {
      if (counts.merge(target.key(), 1, Integer::sum) == 1) {
        changed.add(target.key());
      }
    }
  }

  void remove(List<InitTarget> targets) {
    for (var target : targets) {
      if (counts.merge(target.key(), -1, (old, by) -> old + by == 0 ? null : old + by) == null) {
        changed.add(target.key());
      }
    }
  }

  boolean has(ResourceKey key) {
    return counts.containsKey(key);
  }

  /// Names of one kind that somebody refers to.
  Set<String> names(ResourceKind kind) {
    var names = new LinkedHashSet<String>();
    for (var key : counts.keySet()) {
      if (key.kind() == kind) {
        names.add(key.name());
      }
    }
    return names;
  }

  /// Keys that may have come or gone since the last call.
  Set<ResourceKey> takeChanged() {
    var taken = Set.copyOf(changed);
    changed.clear();
    return taken;
  }
}
