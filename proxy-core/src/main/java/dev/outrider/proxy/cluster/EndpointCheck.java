package dev.outrider.proxy.cluster;

import org.jspecify.annotations.Nullable;

/// How an endpoint is to be asked whether it is fit, if otherwise than the others (Envoy
/// endpoint.v3.Endpoint.HealthCheckConfig).
///
/// @param address null = the endpoint's own
/// @param hostname empty = that of the check
/// @param disabled it is not asked, and counts as fit
public record EndpointCheck(@Nullable HostPort address, String hostname, boolean disabled) {
  public static final EndpointCheck USUAL = new EndpointCheck(null, "", false);

  /// The same where a name stands for an address: what is checked at another port of the name is
  /// checked there at the address.
  EndpointCheck at(HostPort name, HostPort resolved) {
    return address == null || !address.host().equals(name.host())
        ? this
        : new EndpointCheck(new HostPort(resolved.host(), address.port()), hostname, disabled);
  }
}
