package dev.outrider.proxywasm;

import dev.outrider.proxywasm.guest.GuestCallback;
import dev.outrider.proxywasm.imports.ImportTable;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/// The names that [Capabilities][dev.outrider.proxywasm.host.Capabilities] may list: every host
/// function and callback that a VM can be denied. Another name grants nothing, which is worth a
/// warning where a configuration is read. Any thread.
public final class CapabilityNames {
  private static final Set<String> ALL = collect();

  private CapabilityNames() {}

  /// In alphabetical order.
  public static Set<String> all() {
    return ALL;
  }

  private static Set<String> collect() {
    var names = new TreeSet<>(ImportTable.HOST.restrictableNames());
    for (var callback : GuestCallback.values()) {
      if (callback.restrictable()) {
        names.add(callback.export());
      }
    }
    return Collections.unmodifiableSet(names);
  }
}
