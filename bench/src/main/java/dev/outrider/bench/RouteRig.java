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
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Finding the last of many prefix routes of one virtual host, over and over: the worst place for
/// whoever tries one after the other.
final class RouteRig {
  private final SplittableRandom random = new SplittableRandom(1);
  private final RouteTable table;
  private final HeaderMap head = new HeadStores(false).take(HeadKind.REQUEST);

  RouteRig(int routes) {
    var all = new ArrayList<Route>();
    for (int i = 0; i < routes; i++) {
      all.add(
          new Route(
              "r" + i,
              new RouteMatcher(new PathMatcher.Prefix("/service-" + i + "/", true)),
              RouteAction.Forward.to("c" + i)));
    }
    table = new RouteTable("bench", List.of(new VirtualHost("all", List.of("*"), all)));
    head.set(HeaderNames.METHOD, "GET");
    head.set(HeaderNames.AUTHORITY, "shop.example.test");
    head.set(HeaderNames.PATH, "/service-" + (routes - 1) + "/items?page=2");
  }

  RouteMatch run() {
    var match = table.match(head, random);
    if (match == null) {
      throw new IllegalStateException("no route");
    }
    return match;
  }
}
