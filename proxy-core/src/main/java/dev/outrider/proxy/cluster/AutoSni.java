package dev.outrider.proxy.cluster;

import dev.outrider.proxy.http.HeaderName;
import org.jspecify.annotations.Nullable;

/// What requests decide about the TLS of their connections (Envoy
/// core.v3.UpstreamHttpProtocolOptions).
///
/// @param sni a request's host is the name that the service is asked for
/// @param sanValidation the service's certificate must have the request's host as a name
/// @param header whose value stands for the host, if it is there; null = none
public record AutoSni(boolean sni, boolean sanValidation, @Nullable HeaderName header) {
  public static final AutoSni NONE = new AutoSni(false, false, null);

  public boolean asks() {
    return sni || sanValidation;
  }
}
