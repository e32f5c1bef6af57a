package dev.outrider.proxy.cluster;

import java.util.List;

/// Who is asked for the addresses of a name.
public sealed interface DnsResolverSpec {
  DnsResolverSpec DEFAULT = new Servers(List.of(), true, false, 5_000, 4, 0);

  /// Name servers are asked directly (Envoy dns_resolver.cares.v3.CaresDnsResolverConfig).
  ///
  /// @param addresses empty = those that the system is configured with
  /// @param search names that are not complete are looked for in the system's search domains
  /// @param rotate servers take turns
  /// @param timeoutMillis how long one of them has for one answer
  /// @param tries how often is asked before that is a failure
  /// @param payloadBytes the largest answer over UDP; 0 = what the resolver has as its default
  record Servers(
      List<HostPort> addresses,
      boolean search,
      boolean rotate,
      long timeoutMillis,
      int tries,
      int payloadBytes)
      implements DnsResolverSpec {

    public Servers {
      addresses = List.copyOf(addresses);
    }
  }

  /// The system is asked (Envoy dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig).
  record OfSystem() implements DnsResolverSpec {}
}
