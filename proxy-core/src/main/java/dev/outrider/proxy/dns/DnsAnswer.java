package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.IpAddress;
import java.util.List;

/// What became of a question.
public sealed interface DnsAnswer {
  DnsAnswer EMPTY = new Addresses(List.of());

  /// The name is known to have these addresses: perhaps none.
  record Addresses(List<Address> all) implements DnsAnswer {
    public Addresses {
      all = List.copyOf(all);
    }
  }

  /// Nobody knows.
  record Failed(String reason) implements DnsAnswer {}

  /// One address.
  ///
  /// @param ttlSeconds how long it may be remembered; 0 = nothing is said
  record Address(String ip, long ttlSeconds) {
    boolean v6() {
      var parsed = IpAddress.parse(ip);
      return parsed != null && parsed.v6();
    }
  }
}
