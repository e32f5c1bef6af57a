package dev.outrider.proxy.routing;

import java.util.HashMap;
import java.util.Map;

/// Which HTTP filters a route turns on or off (Envoy `route.v3.FilterConfig` in
/// `typed_per_filter_config`). Immutable, any thread.
///
/// @param on by the name of the filter in the connection manager; what is not mentioned is as it is
///   there
public record FilterSwitches(Map<String, Boolean> on) {
  /// Every filter is as the connection manager has it.
  public static final FilterSwitches NONE = new FilterSwitches(Map.of());

  public FilterSwitches {
    on = Map.copyOf(on);
  }

  /// What a more specific place says counts.
  public FilterSwitches over(FilterSwitches general) {
    if (on.isEmpty()) {
      return general;
    }
    var all = new HashMap<>(general.on);
    all.putAll(on);
    return new FilterSwitches(all);
  }

  /// Whether a filter takes part in a stream.
  ///
  /// @param usually what the connection manager says
  public boolean isOn(String filter, boolean usually) {
    var own = on.isEmpty() ? null : on.get(filter);
    return own == null ? usually : own;
  }
}
