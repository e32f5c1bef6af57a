package dev.outrider.proxy.loadbalancing.hashing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.ArrayList;
import java.util.List;

/// Endpoints and their shares of all requests, which are 1 together.
///
/// @param shares one for each endpoint
public record WeightedHosts(List<Endpoint> endpoints, List<Double> shares) {

  public WeightedHosts {
    endpoints = List.copyOf(endpoints);
    shares = List.copyOf(shares);
  }

  /// Some endpoints and how much they are to have together, by weight among themselves.
  ///
  /// @param weight those without weight get nothing
  public record Group(List<Endpoint> endpoints, int weight) {}

  public static WeightedHosts of(List<Endpoint> endpoints) {
    return ofGroups(List.of(new Group(endpoints, 1)));
  }

  public static WeightedHosts ofGroups(List<Group> groups) {
    var sum = 0L;
    for (var group : groups) {
      sum += Integer.toUnsignedLong(group.weight);
    }
    var endpoints = new ArrayList<Endpoint>();
    var shares = new ArrayList<Double>();
    for (var group : groups) {
      if (group.weight != 0) {
        var share = (double) Integer.toUnsignedLong(group.weight) / sum;
        var whole = group.endpoints.stream().mapToLong(Endpoint::weight).sum();
        for (var endpoint : group.endpoints) {
          endpoints.add(endpoint);
          shares.add(endpoint.weight() * share / whole);
        }
      }
    }
    return new WeightedHosts(endpoints, shares);
  }

  double least() {
    var least = 1.0;
    for (double share : shares) {
      least = Math.min(least, share);
    }
    return least;
  }

  double most() {
    var most = 0.0;
    for (double share : shares) {
      most = Math.max(most, share);
    }
    return most;
  }

  /// What an endpoint's places follow from.
  static String key(Endpoint endpoint, boolean byHostname) {
    var own = endpoint.metadata().lb().hashKey();
    if (!own.isEmpty()) {
      return own;
    }
    return byHostname ? endpoint.hostname() : endpoint.address().text();
  }
}
