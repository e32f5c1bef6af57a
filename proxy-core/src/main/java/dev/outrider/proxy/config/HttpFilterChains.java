package dev.outrider.proxy.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The filters that requests pass, in configured order, without the router that ends each chain.
///
/// @param usual of all requests that have no chain of their own
/// @param upgrades by upgrade type in lower case (Envoy `UpgradeConfig.filters`)
public record HttpFilterChains(
    List<HttpFilterEntry> usual, Map<String, List<HttpFilterEntry>> upgrades) {
  /// A router alone.
  public static final HttpFilterChains NONE = new HttpFilterChains(List.of(), Map.of());

  public HttpFilterChains {
    usual = List.copyOf(usual);
    upgrades = Map.copyOf(upgrades);
  }

  /// The same with a chain for that upgrade.
  public HttpFilterChains with(String type, List<HttpFilterEntry> chain) {
    var more = new HashMap<>(upgrades);
    more.put(type, List.copyOf(chain));
    return new HttpFilterChains(usual, more);
  }
}
