package dev.outrider.proxy.filters.forwardproxy;

import dev.outrider.proxy.filter.FakeStream;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.Heads;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A stream with a route to a cluster, which keeps what its filter asks for.
final class RoutedStream extends FakeStream {
  private final String cluster;
  boolean resumed;

  RoutedStream(Loop loop, String cluster) {
    super(loop);
    this.cluster = cluster;
  }

  @Override
  public @Nullable RouteMatch route() {
    var route =
        new Route(
            "",
            new RouteMatcher(new PathMatcher.Prefix("/", true), List.of(), List.of()),
            RouteAction.Forward.to(cluster));
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), List.of(route))));
    return table.match(Heads.request("h", "/"), info(), 0);
  }

  @Override
  public void resumeRequest() {
    resumed = true;
  }
}
