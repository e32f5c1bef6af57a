package dev.outrider.proxy.cluster;

/// Which addresses of a name are asked for (Envoy clusters.common.dns.v3.DnsLookupFamily).
public enum DnsFamily {
  /// IPv6, and IPv4 only where there is no address of IPv6.
  AUTO,
  V4_ONLY,
  V6_ONLY,
  /// IPv4, and IPv6 only where there is no address of IPv4.
  V4_PREFERRED,
  ALL
}
