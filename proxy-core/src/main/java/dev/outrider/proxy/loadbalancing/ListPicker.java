package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import org.jspecify.annotations.Nullable;

/// Chooses among endpoints that are all as good: those of one priority, one state of health,
/// perhaps one locality. One loop.
interface ListPicker {
  ListPicker NOBODY = _ -> null;

  /// Null if there is none.
  ///
  /// @param random the number by which the priority was chosen: as in Envoy, the policy that
  ///   chooses at random takes the same one
  @Nullable Endpoint pick(long random);
}
