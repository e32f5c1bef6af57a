package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Answers which route a request takes. Pure: same head, same table and same random number, same
/// answer.
///
/// The virtual host is found by exact name, else the longest suffix, else the longest prefix, else
/// `*`. In it the first route that matches is taken; the index only finds candidates. Immutable,
/// any thread; a match allocates nothing, but for a cluster named by the request, a pattern, or a
/// choice by hash.
public final class RouteTable {
  private final String name;
  private final List<VirtualHost> virtualHosts;
  private final boolean ignorePort;
  private final boolean ignoreParameters;
  private final boolean asksForHosts;
  private final DomainIndex domains;

  public RouteTable(String name, List<VirtualHost> virtualHosts) {
    this(name, virtualHosts, false, false);
  }

  /// @param virtualHosts without [#problems]
  /// @param ignorePort the port in the request's host plays no part
  /// @param ignoreParameters what follows a semicolon in its path plays no part
  public RouteTable(
      String name, List<VirtualHost> virtualHosts, boolean ignorePort, boolean ignoreParameters) {
    this(name, virtualHosts, ignorePort, ignoreParameters, false);
  }

  /// @param asksForHosts whether a control plane may have virtual hosts that are not here yet
  public RouteTable(
      String name,
      List<VirtualHost> virtualHosts,
      boolean ignorePort,
      boolean ignoreParameters,
      boolean asksForHosts) {
    this.name = name;
    this.asksForHosts = asksForHosts;
    this.virtualHosts = List.copyOf(virtualHosts);
    this.ignorePort = ignorePort;
    this.ignoreParameters = ignoreParameters;
    this.domains = new DomainIndex(this.virtualHosts, ignoreParameters);
  }

  /// What makes these virtual hosts unfit to be one table, in Envoy's words. Patterns are checked
  /// too.
  public static List<String> problems(String name, List<VirtualHost> virtualHosts) {
    var problems = new ArrayList<String>();
    var seen = new HashSet<String>();
    for (var host : virtualHosts) {
      for (var domain : host.domains()) {
        if (!seen.add(domain)) {
          problems.add(
              domain.equals("*")
                  ? "Only a single wildcard domain is permitted in route " + name
                  : "Only unique values for domains are permitted. Duplicate entry of domain "
                      + domain
                      + " in route "
                      + name);
        }
      }
      host.allRoutes().forEach(route -> Patterns.check(route.matcher(), problems));
    }
    return problems;
  }

  public String name() {
    return name;
  }

  public List<VirtualHost> virtualHosts() {
    return virtualHosts;
  }

  public boolean ignorePort() {
    return ignorePort;
  }

  public boolean ignoreParameters() {
    return ignoreParameters;
  }

  /// Whether a control plane may have virtual hosts that are not here yet (Envoy VHDS).
  public boolean asksForHosts() {
    return asksForHosts;
  }

  /// Null if no route takes the request: 404.
  ///
  /// @param info of the request's stream
  /// @param random the stream's number, the same for every match of it
  public @Nullable RouteMatch match(HeaderMap head, StreamInfo info, long random) {
    var routes = routesFor(head);
    var path = head.find(HeaderNames.PATH);
    if (routes == null) {
      return null;
    }
    if (path >= 0) {
      return routes.match(head, path, info, random);
    }
    return Tunnel.isConnect(head) ? routes.matchConnect(head, info, random) : null;
  }

  private @Nullable RouteIndex routesFor(HeaderMap head) {
    var line = head.find(HeaderNames.AUTHORITY);
    if (line < 0) { // a filter has removed it
      return domains.ofNoName();
    }
    var from = head.valueOffset(line);
    var to = from + head.valueLength(line);
    return domains.find(head.array(), from, ignorePort ? beforePort(head.array(), from, to) : to);
  }

  /// Whatever stands behind the last colon, unless that is in an IPv6 address.
  private static int beforePort(byte[] bytes, int from, int to) {
    for (var at = to - 1; at >= from && bytes[at] != ']'; at--) {
      if (bytes[at] == ':') {
        return at;
      }
    }
    return to;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RouteTable that
        && name.equals(that.name)
        && ignorePort == that.ignorePort
        && ignoreParameters == that.ignoreParameters
        && asksForHosts == that.asksForHosts
        && virtualHosts.equals(that.virtualHosts);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, virtualHosts, ignorePort, ignoreParameters);
  }

  @Override
  public String toString() {
    return "RouteTable[" + name + ", " + virtualHosts.size() + " virtual hosts]";
  }
}
