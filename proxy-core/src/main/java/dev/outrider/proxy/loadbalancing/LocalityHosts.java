package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.SpreadPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/// The endpoints of one priority in one locality.
///
/// @param weight of the locality, unsigned; 0 if none is given
record LocalityHosts(Locality locality, HostSet hosts, int weight) {
  private static final Comparator<Locality> BY_NAME =
      Comparator.comparing(Locality::region)
          .thenComparing(Locality::zone)
          .thenComparing(Locality::subZone);

  /// Our own locality first, if it has endpoints, then the others in the order of their names, as
  /// in Envoy.
  static List<LocalityHosts> of(
      int priority, List<Endpoint> endpoints, SpreadPolicy policy, Locality own) {
    var byLocality = new TreeMap<Locality, List<Endpoint>>(BY_NAME);
    for (var endpoint : endpoints) {
      byLocality.computeIfAbsent(endpoint.locality(), _ -> new ArrayList<>()).add(endpoint);
    }
    var groups = new ArrayList<LocalityHosts>(byLocality.size());
    byLocality.forEach(
        (locality, hosts) -> {
          var group =
              new LocalityHosts(
                  locality, HostSet.of(hosts), policy.localityWeight(priority, locality));
          groups.add(group.isOwn(own) ? 0 : groups.size(), group);
        });
    return List.copyOf(groups);
  }

  boolean isOwn(Locality own) {
    return !own.equals(Locality.NONE) && own.equals(locality);
  }

  /// What it gets in comparison: its weight, less as fewer of its endpoints are available.
  double effectiveWeight(int available, int overprovisioning) {
    var counted = hosts.all().size() - hosts.excluded();
    return counted == 0
        ? 0
        : Integer.toUnsignedLong(weight)
            * Math.min(1.0, overprovisioning / 100.0 * ((double) available / counted));
  }
}
