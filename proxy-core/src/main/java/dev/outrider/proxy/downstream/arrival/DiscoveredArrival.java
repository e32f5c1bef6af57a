package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes the filters of a listener filter whose configuration comes by itself, after the one that
/// is current when a connection comes to it. On one loop.
final class DiscoveredArrival implements Supplier<ArrivalFilter> {
  private final ArrivalFilters makers;
  private final ListenerFilter.Discovered config;
  private final Map<String, ListenerFilter> current;
  private final List<StatOwner> owners = new ArrayList<>();
  private @Nullable ListenerFilter taken;
  private @Nullable Supplier<ArrivalFilter> maker;

  DiscoveredArrival(
      ArrivalFilters makers,
      ListenerFilter.Discovered config,
      Map<String, ListenerFilter> current) {
    this.makers = makers;
    this.config = config;
    this.current = current;
  }

  private @Nullable ListenerFilter now() {
    return current.getOrDefault(config.handle(), config.fallback());
  }

  boolean missing() {
    return now() == null;
  }

  /// A connection that came while there was a configuration goes on with the last one.
  @Override
  public ArrivalFilter get() {
    var now = now();
    var made = maker;
    if (now != null && (made == null || !now.equals(taken))) {
      var before = List.copyOf(owners);
      owners.clear();
      made = makers.maker(now, owners);
      before.forEach(StatOwner::release); // behind the new ones: what both count goes on
      taken = now;
      maker = made;
    }
    return made == null ? (_, _) -> ArrivalFilter.Outcome.CLOSE : made.get();
  }

  void release() {
    owners.forEach(StatOwner::release);
    owners.clear();
  }
}
