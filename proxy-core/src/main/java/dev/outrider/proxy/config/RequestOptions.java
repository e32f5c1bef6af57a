package dev.outrider.proxy.config;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.routing.UpgradeRules;
import java.util.List;

/// What a connection manager does with requests of either version of HTTP.
///
/// @param upgrades which tunnels clients may ask for, unless a route says otherwise
/// @param proxyContinue `expect: 100-continue` and every 1xx response are passed on; else the proxy
///   meets the expectation itself
/// @param early changes to the head before anything is decided by it, one after the other
public record RequestOptions(
    UpgradeRules upgrades,
    boolean proxyContinue,
    UnderscoreNames underscores,
    PathOptions path,
    HostOptions host,
    List<HeaderEdit> early) {

  public RequestOptions {
    early = List.copyOf(early);
  }

  /// Envoy's defaults.
  public static final RequestOptions DEFAULT =
      new RequestOptions(UpgradeRules.NONE, false, UnderscoreNames.ALLOW);

  /// With paths, hosts and headers as they come.
  public RequestOptions(UpgradeRules upgrades, boolean proxyContinue, UnderscoreNames underscores) {
    this(upgrades, proxyContinue, underscores, PathOptions.DEFAULT, HostOptions.DEFAULT, List.of());
  }
}
