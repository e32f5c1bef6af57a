package dev.outrider.proxy.server;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.Changes;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.worker.ApplyReport;
import dev.outrider.proxy.worker.WorkerGroup;
import dev.outrider.proxy.xds.Configuration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Hands accepted changes to all loops, in order, and remembers where listeners are bound. Main
/// loop only.
final class ConfigPublisher implements Configuration.Publisher {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private final Map<String, List<HostPort>> bound = new LinkedHashMap<>();
  private final Map<String, String> unbound = new LinkedHashMap<>();
  private final WorkerGroup loops;
  private final SharedClusters clusters;
  private final Counter createSuccess;
  private final Counter createFailure;
  private boolean started;
  private CompletionStage<?> published = CompletableFuture.completedFuture(null);

  ConfigPublisher(WorkerGroup loops, SharedClusters clusters, MetricRegistry registry) {
    this.loops = loops;
    this.clusters = clusters;
    this.createSuccess = registry.counter("listener_manager.listener_create_success");
    this.createFailure = registry.counter("listener_manager.listener_create_failure");
  }

  @Override
  public void publish(ConfigChange change) {
    describe(change);
    change.clusters().updated().values().forEach(clusters::added);
    change
        .endpoints()
        .updated()
        .values()
        .forEach(
            endpoints -> {
              var shared = clusters.get(endpoints.clusterName());
              if (shared != null) {
                shared.membershipChanged(endpoints);
              }
            });
    var retirements = change.clusters().removed().stream().map(clusters::retire).toList();
    published =
        loops
            .apply(change)
            .thenAcceptAsync(
                report -> {
                  retirements.forEach(Runnable::run);
                  published(change, report);
                },
                loops.mainLoop().loop()::execute);
  }

  /// Endpoints come and go all day; everything else is worth a line.
  private void describe(ConfigChange change) {
    change.endpoints().updated().keySet().forEach(name -> LOG.debug("endpoints of '{}'", name));
    var parts = new ArrayList<String>();
    describe("clusters", change.clusters(), parts);
    describe("routes", change.routes(), parts);
    describe("filters", change.filters(), parts);
    describe("scopes", change.scopes(), parts);
    describe("listeners", change.listeners(), parts);
    if (!parts.isEmpty()) {
      LOG.atLevel(started ? Level.INFO : Level.DEBUG).log(String.join("; ", parts));
    }
  }

  private static void describe(String what, Changes<?> changes, List<String> parts) {
    if (!changes.updated().isEmpty()) {
      parts.add(what + " added or updated: " + String.join(", ", changes.updated().keySet()));
    }
    if (!changes.removed().isEmpty()) {
      parts.add(what + " removed: " + String.join(", ", changes.removed()));
    }
  }

  private void published(ConfigChange change, ApplyReport report) {
    change.listeners().removed().forEach(bound::remove);
    bound.putAll(report.bound());
    unbound.keySet().removeAll(change.listeners().updated().keySet());
    unbound.putAll(report.failures());
    createSuccess.add(report.bound().size());
    createFailure.add(report.failures().size());
    if (started) {
      report.failures().values().forEach(LOG::error);
    }
  }

  /// What the process starts with has been published; from now on changes and failures are in the
  /// log. Returns why listeners of the start are not bound.
  List<String> started() {
    started = true;
    return List.copyOf(unbound.values());
  }

  @Override
  public void whenTaken(Runnable task) {
    published.thenRun(task);
  }

  /// Completes on the main loop when everything published so far has been taken by every loop.
  CompletionStage<?> allTaken() {
    return published;
  }

  /// Where each listener is bound.
  Map<String, List<HostPort>> addresses() {
    return bound;
  }

  /// Why listeners are not bound, in one sentence each, by name.
  Map<String, String> failures() {
    return unbound;
  }
}
