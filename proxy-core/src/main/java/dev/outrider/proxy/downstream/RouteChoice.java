package dev.outrider.proxy.downstream;

import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The route of one stream: chosen when first asked for, from the table the stream started with,
/// and again after it was cleared. Reused with its stream.
final class RouteChoice {
  private @Nullable RouteTable table;
  private @Nullable RouteMatch match;
  private boolean known;

  /// @param newTable null if there is none: every request is without a route
  void start(@Nullable RouteTable newTable) {
    table = newTable;
    match = null;
    known = false;
  }

  boolean known() {
    return known;
  }

  @Nullable RouteMatch match() {
    return match;
  }

  void choose(StreamInfo info, RandomGenerator random) {
    var head = info.requestHead();
    var chosenFrom = table;
    known = head != null;
    match = head == null || chosenFrom == null ? null : chosenFrom.match(head, random);
    if (match != null) {
      info.routed(match.virtualHost().name(), match.route().name());
      info.routeMetadata(match.virtualHost().metadata(), match.route().metadata());
    } else {
      info.routed("", "");
      info.routeMetadata(Metadata.NONE, Metadata.NONE);
    }
  }

  void clear() {
    match = null;
    known = false;
  }
}
