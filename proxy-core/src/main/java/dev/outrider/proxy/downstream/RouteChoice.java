package dev.outrider.proxy.downstream;

import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The route of one stream: chosen when first asked for, from the table the stream started with or
/// that of its scope, and again after it was cleared. Reused with its stream.
final class RouteChoice {
  private @Nullable RouteTable table;
  private @Nullable Function<HeaderMap, @Nullable RouteTable> scopes;
  private @Nullable RouteMatch match;
  private boolean known;
  private boolean drawn;
  private long random;

  /// @param newTable null if there is none: every request is without a route
  /// @param newScopes in its place, where the head decides
  void start(
      @Nullable RouteTable newTable,
      @Nullable Function<HeaderMap, @Nullable RouteTable> newScopes) {
    table = newTable;
    scopes = newScopes;
    match = null;
    known = false;
    drawn = false;
  }

  /// Has it be chosen anew, from what there is now.
  void renew(
      @Nullable RouteTable newTable,
      @Nullable Function<HeaderMap, @Nullable RouteTable> newScopes) {
    table = newTable;
    scopes = newScopes;
    clear();
  }

  boolean known() {
    return known;
  }

  @Nullable RouteMatch match() {
    return match;
  }

  /// Known from now on to filters and to the log.
  void choose(StreamInfo info, ServingContext context) {
    var head = info.requestHead();
    var chosenFrom = scopes == null || head == null ? table : scopes.apply(head);
    known = head != null;
    match =
        head == null || chosenFrom == null ? null : chosenFrom.match(head, info, random(context));
    if (match != null) {
      info.routed(match.virtualHost().name(), match.route().name());
      info.routeMetadata(match.virtualHost().metadata(), match.route().metadata());
    } else {
      info.routed("", "");
      info.routeMetadata(Metadata.NONE, Metadata.NONE);
    }
    noteCluster(info, context);
  }

  /// One number for the whole stream: a route that is chosen again takes the same of its clusters.
  private long random(ServingContext context) {
    if (!drawn) {
      random = context.random().nextLong();
      drawn = true;
    }
    return random;
  }

  /// Also if the request never gets there (as Envoy).
  private void noteCluster(StreamInfo info, ServingContext context) {
    var cluster = match == null ? null : context.upstreams().find(match.clusterName());
    if (cluster == null) {
      info.cluster("", "");
      return;
    }
    var known = cluster.config();
    info.cluster(known.name(), known.statName(), known.metadata());
    info.upstream().endpointCount(cluster.endpoints().endpoints().size());
  }

  /// How much silence the route allows.
  ///
  /// @param usually where it does not say so
  long idleMillis(long usually) {
    return match != null
            && match.route().action() instanceof RouteAction.Forward forward
            && forward.timeouts().idle() != null
        ? forward.timeouts().idle().toMillis()
        : usually;
  }

  /// How long the stream may take, as the route says.
  ///
  /// @param usually where it does not say so
  long streamMillis(StreamInfo info, long usually) {
    var head = info.requestHead();
    return match != null
            && head != null
            && match.route().action() instanceof RouteAction.Forward forward
            && forward.timeouts().stream() != null
        ? forward.timeouts().stream().millis(head, usually)
        : usually;
  }

  /// How long a client may take nothing of the end of a response; -1 where the route does not say
  /// it.
  long flushMillis() {
    if (match == null || !(match.route().action() instanceof RouteAction.Forward forward)) {
      return -1;
    }
    var timeouts = forward.timeouts();
    var said = timeouts.flush() != null ? timeouts.flush() : timeouts.idle();
    return said == null ? -1 : said.toMillis();
  }

  void clear() {
    match = null;
    known = false;
  }
}
