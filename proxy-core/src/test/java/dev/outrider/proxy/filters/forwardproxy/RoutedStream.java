package dev.outrider.proxy.filters.forwardproxy;

import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.Heads;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A stream with a route to a cluster, which keeps what its filter asks for.
final class RoutedStream implements StreamHandle {
  private final Loop loop;
  private final String cluster;
  private final StreamInfo info = new StreamInfo();
  @Nullable LocalReply reply;

  boolean resumed;

  RoutedStream(Loop loop, String cluster) {
    this.loop = loop;
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
    return table.match(Heads.request("h", "/"), info, 0);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public void reply(LocalReply given) {
    reply = given;
  }

  @Override
  public void resumeRequest() {
    resumed = true;
  }

  @Override
  public void resumeResponse() {
    throw new AssertionError("nothing is held");
  }

  @Override
  public void reset(ResetReason why, String details) {
    throw new AssertionError(details);
  }

  @Override
  public void clearRoute() {
    throw new AssertionError("the route stays");
  }

  @Override
  public @Nullable HeaderMap requestHead() {
    return null;
  }

  @Override
  public @Nullable HeaderMap requestTrailers() {
    return null;
  }

  @Override
  public @Nullable HeaderMap responseHead() {
    return null;
  }

  @Override
  public @Nullable HeaderMap responseTrailers() {
    return null;
  }

  @Override
  public BodyBuffer requestBody() {
    throw new AssertionError("bodies are not looked at");
  }

  @Override
  public BodyBuffer responseBody() {
    throw new AssertionError("bodies are not looked at");
  }

  @Override
  public @Nullable HeaderMap addRequestTrailers() {
    return null;
  }

  @Override
  public @Nullable HeaderMap addResponseTrailers() {
    return null;
  }
}
