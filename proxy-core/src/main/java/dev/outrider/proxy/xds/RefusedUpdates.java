package dev.outrider.proxy.xds;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.Refusals;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Which versions of resources were refused and not replaced since, and why (Envoy
/// `admin.v3.UpdateFailureState`). Main loop only.
final class RefusedUpdates {
  private static final int ENOUGH = 64;

  private final Map<ResourceKey, FailedUpdate> all = new LinkedHashMap<>();
  private final Predicate<ResourceKey> wanted;

  /// With more it is time to look for what nobody asks for: twice what there was then, so that each
  /// is looked at a few times only.
  private int enough = ENOUGH;

  /// @param wanted whether somebody asks for it still
  RefusedUpdates(Predicate<ResourceKey> wanted) {
    this.wanted = wanted;
  }

  /// Those of one kind.
  Map<ResourceKey, FailedUpdate> of(ResourceKind kind) {
    all.keySet().removeIf(key -> !kind.fullState() && key.kind() == kind && !wanted.test(key));
    var found = new LinkedHashMap<ResourceKey, FailedUpdate>();
    all.forEach(
        (key, failed) -> {
          if (key.kind() == kind) {
            found.put(key, failed);
          }
        });
    return found;
  }

  /// What a delivery came to.
  ///
  /// @param problems by name, of what was refused
  void note(
      Delivery delivery,
      Outcome outcome,
      Map<String, List<ConfigProblem>> problems,
      long epochMicros) {
    var removed = delivery.removed();
    if (removed == null && delivery.kind().fullState()) {
      all.keySet().removeIf(key -> key.kind() == delivery.kind());
    } else if (!all.isEmpty()) {
      outcome.all().forEach(name -> all.remove(delivery.key(name)));
      if (removed != null) {
        removed.forEach(name -> all.remove(delivery.key(name)));
      }
    }
    problems.forEach(
        (name, reasons) ->
            all.put(
                delivery.key(name),
                new FailedUpdate(delivery.version(), Refusals.reasons(reasons), epochMicros)));
    if (all.size() > enough) {
      all.keySet().removeIf(key -> !key.kind().fullState() && !wanted.test(key));
      enough = Math.max(ENOUGH, 2 * all.size());
    }
  }
}
