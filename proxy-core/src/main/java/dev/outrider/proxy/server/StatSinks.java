package dev.outrider.proxy.server;

import dev.outrider.proxy.config.StatsFlushing;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatDeltas;
import dev.outrider.proxy.metrics.StatsdText;
import dev.outrider.proxy.worker.DatagramSender;
import dev.outrider.proxy.worker.MainLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Whom the statistics are sent to: counters and gauges when an interval ends, each value of a
/// histogram at once, as from Envoy. Main loop only, but for [#recorded].
final class StatSinks {
  private final StatDeltas deltas;
  private final List<Statsd> all;

  private StatSinks(StatDeltas deltas, List<Statsd> all) {
    this.deltas = deltas;
    this.all = List.copyOf(all);
  }

  /// Opens the sockets; from then on values of histograms are sent. On the main loop; fails if the
  /// system refuses a socket.
  static CompletionStage<StatSinks> open(
      MainLoop loop, MetricRegistry registry, List<StatsFlushing.Statsd> configured) {
    var opened = new ArrayList<Statsd>();
    CompletionStage<?> before = CompletableFuture.completedFuture(null);
    for (var each : configured) {
      before =
          before
              .thenCompose(_ -> loop.datagramsTo(each.address()))
              .thenAccept(
                  to ->
                      opened.add(new Statsd(new StatsdText(each.format(), registry.rules()), to)));
    }
    return before.thenApply(
        _ -> {
          var sinks = new StatSinks(new StatDeltas(registry), opened);
          if (!opened.isEmpty()) {
            registry.listen(sinks::recorded);
          }
          return sinks;
        });
  }

  /// Sends what an interval brought.
  void flush() {
    if (all.isEmpty()) {
      return;
    }
    var values = deltas.next();
    for (var sink : all) {
      sink.text.flushed(values).forEach(sink.to::send);
    }
  }

  private void recorded(String histogram, long value) {
    for (var sink : all) {
      var line = sink.text.recorded(histogram, value);
      if (line != null) {
        sink.to.send(line);
      }
    }
  }

  private record Statsd(StatsdText text, DatagramSender to) {}
}
