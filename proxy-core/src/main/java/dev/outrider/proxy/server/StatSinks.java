package dev.outrider.proxy.server;

import dev.outrider.proxy.config.StatsFlushing;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatDeltas;
import dev.outrider.proxy.metrics.StatsdText;
import dev.outrider.proxy.statsinks.MetricsServiceSink;
import dev.outrider.proxy.statsinks.OtlpSink;
import dev.outrider.proxy.statsinks.StatSink;
import dev.outrider.proxy.worker.DatagramSender;
import dev.outrider.proxy.worker.MainLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Whom the statistics are sent to: to services when an interval ends; by datagrams counters and
/// gauges then, and each value of a histogram at once, as from Envoy. Main loop only, but for
/// [#recorded].
final class StatSinks {
  private final StatDeltas deltas;
  private final List<Statsd> datagrams;
  private final List<StatSink> services;

  private StatSinks(StatDeltas deltas, List<Statsd> datagrams, List<StatSink> services) {
    this.deltas = deltas;
    this.datagrams = List.copyOf(datagrams);
    this.services = List.copyOf(services);
  }

  /// Opens the sockets; from then on values of histograms are sent. On the main loop; fails if the
  /// system refuses a socket.
  ///
  /// @param node the serialised `core.v3.Node` of this process
  static CompletionStage<StatSinks> open(
      MainLoop loop, MetricRegistry registry, List<StatsFlushing.Sink> configured, byte[] node) {
    var opened = new ArrayList<Statsd>();
    var services = new ArrayList<StatSink>();
    CompletionStage<?> before = CompletableFuture.completedFuture(null);
    for (var each : configured) {
      switch (each) {
        case StatsFlushing.Statsd statsd ->
            before =
                before
                    .thenCompose(_ -> loop.datagramsTo(statsd.address()))
                    .thenAccept(
                        to ->
                            opened.add(
                                new Statsd(new StatsdText(statsd.format(), registry.rules()), to)));
        case StatsFlushing.MetricsService service ->
            services.add(new MetricsServiceSink(service, loop, registry, node));
        case StatsFlushing.OpenTelemetry service ->
            services.add(new OtlpSink(service, loop, registry, Version.current().text()));
      }
    }
    return before.thenApply(
        _ -> {
          var sinks = new StatSinks(new StatDeltas(registry), opened, services);
          if (!opened.isEmpty()) {
            registry.listen(sinks::recorded);
          }
          return sinks;
        });
  }

  /// Sends what an interval brought.
  void flush() {
    services.forEach(StatSink::flush);
    if (datagrams.isEmpty()) {
      return;
    }
    var values = deltas.next().changes();
    for (var sink : datagrams) {
      sink.text.flushed(values).forEach(sink.to::send);
    }
  }

  private void recorded(String histogram, long value) {
    for (var sink : datagrams) {
      var line = sink.text.recorded(histogram, value);
      if (line != null) {
        sink.to.send(line);
      }
    }
  }

  private record Statsd(StatsdText text, DatagramSender to) {}
}
