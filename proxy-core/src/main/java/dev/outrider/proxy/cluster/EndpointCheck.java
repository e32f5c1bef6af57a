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
}
