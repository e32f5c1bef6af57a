package dev.outrider.bench;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Finding the last of many prefix routes of the last of many virtual hosts, over and over: the
/// worst place for whoever tries one after the other.
final class RouteRig {
  private final SplittableRandom random = new SplittableRandom(1);
  private final StreamInfo info = new StreamInfo();
  private final RouteTable table;
  private final HeaderMap head = new HeadStores(false).take(HeadKind.REQUEST);

  /// One virtual host for everything.
  RouteRig(int routes) {
    this(1, routes);
  }

  /// Every other virtual host takes all names that end in one, the rest one name each.
  RouteRig(int hosts, int routes) {
    var all = new ArrayList<VirtualHost>();
    for (int i = 0; i < hosts; i++) {
      var domain = hosts == 1 ? "*" : (i % 2 == 0 ? "*.shop-" : "shop-") + i + ".example.test";
      all.add(new VirtualHost("host-" + i, List.of(domain), routes(routes)));
    }
    table = new RouteTable("bench", all);
    head.set(HeaderNames.METHOD, "GET");
    head.set(HeaderNames.AUTHORITY, "shop-" + (hosts - 1) + ".example.test");
    head.set(HeaderNames.PATH, "/service-" + (routes - 1) + "/items?page=2");
  }

  private static List<Route> routes(int count) {
    var all = new ArrayList<Route>();
    for (int i = 0; i < count; i++) {
      all.add(
          new Route(
              "r" + i,
              new RouteMatcher(new PathMatcher.Prefix("/service-" + i + "/", true)),
              RouteAction.Forward.to("c" + i)));
    }
    return all;
  }

  /// From now on for the last host that takes names by their end, which is looked for longer.
  RouteRig byEnd(int hosts) {
    head.set(HeaderNames.AUTHORITY, "eu.shop-" + (hosts - 2) + ".example.test");
    return this;
  }

  RouteMatch run() {
    var match = table.match(head, info, random.nextLong());
    if (match == null) {
      throw new IllegalStateException("no route");
    }
    return match;
  }
}
