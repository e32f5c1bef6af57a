package dev.outrider.proxy.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The endpoints of one cluster at one moment. Built on the main loop, then read by every worker.
///
/// @param clusterName the name of the cluster, not of the EDS resource
public record EndpointSet(String clusterName, List<Endpoint> endpoints, SpreadPolicy policy) {

  public EndpointSet {
    endpoints = List.copyOf(endpoints);
  }

  public static EndpointSet empty(String clusterName) {
    return new EndpointSet(clusterName, List.of(), SpreadPolicy.DEFAULT);
  }

  /// The set after `assignment`: an address that was there before keeps its counters, an endpoint
  /// that did not change stays the same object, and if nothing changed at all `previous` itself
  /// comes back. Of two endpoints with one address the first counts, as in Envoy.
  ///
  /// @param loops how many loops count traffic: the workers and the main loop
  public static EndpointSet next(
      @Nullable EndpointSet previous, String clusterName, Assignment assignment, int loops) {
    return next(previous, clusterName, assignment, loops, false);
  }

  /// The set after `assignment`, as in the other method.
  ///
  /// @param keepsFit an endpoint that `assignment` does not name any more stays, marked as such,
  ///   while it is fit
  public static EndpointSet next(
      @Nullable EndpointSet previous,
      String clusterName,
      Assignment assignment,
      int loops,
      boolean keepsFit) {
    var known = new HashMap<HostPort, Endpoint>();
    if (previous != null) {
      previous.endpoints.forEach(endpoint -> known.put(endpoint.address(), endpoint));
    }
    var unique = new LinkedHashMap<HostPort, EndpointSpec>();
    assignment.endpoints().forEach(spec -> unique.putIfAbsent(spec.address(), spec));
    var endpoints = new ArrayList<Endpoint>(unique.size());
    for (var spec : unique.values()) {
      var old = known.remove(spec.address());
      if (old != null) {
        old.shared().unmark(HealthFlag.PENDING_DYNAMIC_REMOVAL);
      }
      if (old != null && old.spec().equals(spec)) {
        endpoints.add(old);
      } else {
        endpoints.add(
            new Endpoint(
                spec,
                old != null ? old.shared() : new HostShared(clusterName, spec.address(), loops)));
      }
    }
    if (keepsFit && previous != null) {
      for (var old : previous.endpoints) {
        if (known.containsKey(old.address()) && old.staysUnnamed()) {
          old.shared().mark(HealthFlag.PENDING_DYNAMIC_REMOVAL);
          endpoints.add(old);
        }
      }
    }
    var next = new EndpointSet(clusterName, endpoints, assignment.policy());
    return previous != null && next.equals(previous) ? previous : next;
  }

  /// The set of endpoints that are found by their host names: several names may have one address.
  /// One whose name has another address than before begins anew.
  ///
  /// @param previous made by this method
  /// @param loops how many loops count traffic: the workers and the main loop
  public static EndpointSet byName(
      @Nullable EndpointSet previous, String clusterName, Assignment assignment, int loops) {
    var known = new HashMap<String, Endpoint>();
    if (previous != null) {
      previous.endpoints.forEach(endpoint -> known.put(endpoint.hostname(), endpoint));
    }
    var endpoints = new ArrayList<Endpoint>(assignment.endpoints().size());
    for (var spec : assignment.endpoints()) {
      var old = known.get(spec.hostname());
      var same = old != null && old.address().equals(spec.address()) ? old : null;
      if (same != null && same.spec().equals(spec)) {
        endpoints.add(same);
      } else {
        endpoints.add(
            new Endpoint(
                spec,
                same != null ? same.shared() : new HostShared(clusterName, spec.address(), loops)));
      }
    }
    var next = new EndpointSet(clusterName, endpoints, assignment.policy());
    return previous != null && next.equals(previous) ? previous : next;
  }

  /// Without endpoints that stayed for their fitness alone and have lost it.
  public EndpointSet withoutLost() {
    var left = endpoints.stream().filter(endpoint -> !endpoint.lost()).toList();
    return left.size() == endpoints.size() ? this : new EndpointSet(clusterName, left, policy);
  }

  public int healthyCount() {
    return count(Endpoint::healthy);
  }

  public int degradedCount() {
    return count(Endpoint::degraded);
  }

  public int excludedCount() {
    return count(Endpoint::excluded);
  }

  private int count(Predicate<Endpoint> property) {
    var counted = 0;
    for (var endpoint : endpoints) {
      counted += property.test(endpoint) ? 1 : 0;
    }
    return counted;
  }

  /// In how many priorities the members are others than those of `other`, whatever is said about
  /// them.
  public int membersDiffer(EndpointSet other) {
    if (endpoints.isEmpty() && other.endpoints.isEmpty()) {
      return 0;
    }
    var mine = members();
    var theirs = other.members();
    var differ = 0;
    for (var priority : mine.keySet()) {
      differ += mine.get(priority).equals(theirs.remove(priority)) ? 0 : 1;
    }
    return differ + theirs.size();
  }

  private Map<Integer, Set<HostShared>> members() {
    var members = new HashMap<Integer, Set<HostShared>>();
    for (var endpoint : endpoints) {
      members.computeIfAbsent(endpoint.priority(), _ -> new HashSet<>()).add(endpoint.shared());
    }
    return members;
  }
}
