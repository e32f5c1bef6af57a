package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a route table is made of whose virtual hosts come by themselves (VHDS), beside those of its
/// own.
///
/// @param target what they come as
/// @param message without them
/// @param members that have come, by the names of the virtual hosts
public record DiscoveredHosts(
    InitTarget target, RouteConfiguration message, SortedMap<String, Member> members) {

  /// One that has come.
  ///
  /// @param resource name that it came by
  public record Member(String resource, VirtualHost host) {}

  public DiscoveredHosts {
    members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
  }

  /// The table as a whole, as Envoy shows it.
  public RouteConfiguration merged() {
    var whole = message.toBuilder();
    members.values().forEach(member -> whole.addVirtualHosts(member.host()));
    return whole.build();
  }

  /// The members when some have come and others have gone. As in Envoy one that has the name of
  /// another replaces it.
  ///
  /// @param removed names of resources, or of virtual hosts
  public SortedMap<String, Member> with(SortedMap<String, Member> added, Set<String> removed) {
    var next = new TreeMap<>(members);
    next.entrySet()
        .removeIf(
            entry ->
                removed.contains(entry.getKey()) || removed.contains(entry.getValue().resource()));
    next.putAll(added);
    return next;
  }

  /// What all virtual hosts of that table are asked for as that has one of this name; empty = none.
  public static String tableOf(String host) {
    var slash = host.lastIndexOf('/');
    return slash < 0 ? "" : host.substring(0, slash);
  }
}
