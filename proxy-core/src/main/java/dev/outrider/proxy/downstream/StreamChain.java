package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.filter.StreamFilters;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.filter.WorkerFilters;
import dev.outrider.proxy.routing.RouteMatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The HTTP filters of one chain as one worker has leased them.
final class StreamChain {
  private final WorkerFilters<WorkerFilterFactory> lender;
  private final List<HttpFilterEntry> entries;
  private final List<WorkerFilterFactory> factories = new ArrayList<>(0);

  StreamChain(WorkerFilters<WorkerFilterFactory> lender, List<HttpFilterEntry> entries) {
    this.lender = lender;
    this.entries = entries;
    for (var entry : entries) {
      factories.add(lender.acquire(entry.factory()));
    }
  }

  /// Creates the filters of a stream: those that are on for its route.
  void addTo(StreamFilters filters, @Nullable RouteMatch match) {
    for (var i = 0; i < factories.size(); i++) { // no iterator per request
      var entry = entries.get(i);
      var usually = !entry.disabled();
      if (match == null ? usually : match.filters().isOn(entry.name(), usually)) {
        filters.add(factories.get(i));
      }
    }
  }

  /// No stream will begin any more.
  void retire() {
    entries.forEach(entry -> lender.retire(entry.factory()));
  }

  /// The last stream has ended.
  void release() {
    entries.forEach(entry -> lender.release(entry.factory()));
  }
}
