package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The endpoints of a cluster by their addresses, as texts; made when the first one is looked for,
/// since most clusters are never asked. One loop.
final class AddressBook {
  private final List<Endpoint> endpoints;
  private @Nullable Map<String, Endpoint> byAddress;

  AddressBook(List<Endpoint> endpoints) {
    this.endpoints = endpoints;
  }

  @Nullable Endpoint find(String address) {
    var known = byAddress;
    if (known == null) {
      known = HashMap.newHashMap(endpoints.size());
      for (var endpoint : endpoints) {
        known.put(endpoint.address().text(), endpoint);
      }
      byAddress = known;
    }
    return known.get(address);
  }
}
