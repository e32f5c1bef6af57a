package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import java.util.List;

/// Which clients are our own (Envoy `InternalAddressConfig`).
///
/// @param unixSockets so are all that come over one
public record InternalAddresses(boolean unixSockets, List<IpRange> ranges) {

  /// Nobody: Envoy's default since 1.33.
  public static final InternalAddresses NONE = new InternalAddresses(false, List.of());

  public InternalAddresses {
    ranges = List.copyOf(ranges);
  }

  public boolean contains(HostPort client) {
    if (client.isPipe()) {
      return unixSockets;
    }
    if (ranges.isEmpty()) {
      return false;
    }
    var address = IpAddress.parse(client.host());
    for (var i = 0; address != null && i < ranges.size(); i++) { // no iterator per request
      if (ranges.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }
}
