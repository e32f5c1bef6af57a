package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.http.HeaderName;
import java.util.List;

/// A way to find the client's address where the peer is a proxy (Envoy
/// `original_ip_detection_extensions`).
public sealed interface AddressDetection {

  /// Out of `x-forwarded-for` (Envoy `xff.v3.XffConfig`).
  ///
  /// @param trustedHops entries at its end that proxies of our own added
  /// @param trusted proxies whose entries are passed over, instead of a number of hops; the peer
  ///   must be one of them
  /// @param append the peer is added to the list
  record Forwarded(int trustedHops, List<IpRange> trusted, boolean append)
      implements AddressDetection {
    public Forwarded {
      trusted = List.copyOf(trusted);
    }
  }

  /// Out of a header of its own (Envoy `custom_header.v3.CustomHeaderConfig`).
  ///
  /// @param trusted the address may make a request an internal one
  /// @param rejectStatus for requests without an address there; 0 = they go on
  record Header(HeaderName name, boolean trusted, int rejectStatus) implements AddressDetection {}
}
