package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.file.FileDiscovery;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.resource.Subscriptions;
import dev.outrider.proxy.xds.stream.AdsClient;
import dev.outrider.proxy.xds.stream.AdsTransport;
import dev.outrider.proxy.xds.stream.ControlPlaneStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The places, other than the control plane, that resources come from: a conversation with each for
/// as long as somebody needs what it brings. Main loop only.
final class Feeds {
  private final ResourceTypes types;
  private final MetricRegistry metrics;
  private final Services services;
  private final List<Feed> wholes = new ArrayList<>();
  private final Map<ResourceKey, Feed> open = new HashMap<>();

  /// One that was begun.
  ///
  /// @param stats of the conversation; of a file they say nothing and are shown nowhere
  /// @param client who may be asked for more; null = nobody
  private record Feed(
      Runnable closing, @Nullable ControlPlaneStats stats, @Nullable AdsClient client) {

    Feed(Runnable closing, @Nullable ControlPlaneStats stats) {
      this(closing, stats, null);
    }

    void close() {
      closing.run();
      if (stats != null) {
        stats.hide();
      }
    }
  }

  Feeds(Configuration.Spec spec, Services services) {
    this.types = spec.types();
    this.metrics = spec.metrics();
    this.services = services;
  }

  /// Whether resources can come from there.
  boolean reaches(RemoteSource service) {
    return services.reaches(service);
  }

  /// Asks for one resource where it comes from, or for all of its kind if it names none, until
  /// [#close].
  ///
  /// @param onNothing told when there is nothing to be had there
  void open(ResourceKey key, ResponseHandler handler, Runnable onNothing) {
    open.computeIfAbsent(
        key,
        _ ->
            switch (key.source()) {
              case FileSource file -> file(key.kind(), file, handler, onNothing);
              case RemoteSource service -> {
                var stats = new ControlPlaneStats(metrics);
                var client = client(key.kind(), service, stats, handler);
                if (key.kind().fullState() || key.kind() == ResourceKind.VIRTUAL_HOST) {
                  client.subscribeToAll(key.kind().typeUrl());
                } else {
                  client.subscribe(key.kind().typeUrl(), Set.of(key.name()), Set.of(), false);
                }
                client.start();
                yield new Feed(client::close, stats, client);
              }
              case null -> throw new IllegalArgumentException("comes from no place: " + key);
            });
  }

  /// Asks, over the conversation that was opened for all of them, for some by name.
  void ask(ResourceKey all, Set<String> names) {
    var feed = open.get(all);
    if (feed != null && feed.client != null) {
      feed.client.subscribe(all.kind().typeUrl(), names, Set.of(), false);
    }
  }

  /// Somebody asks for what comes over a conversation that was opened.
  void show(Subscriptions.Owned owned) {
    var feed = open.get(owned.asked());
    if (feed != null && feed.stats != null) {
      feed.stats.showAt(Subscriptions.prefix(owned));
    }
  }

  /// Does not any more.
  void hide(Subscriptions.Owned owned) {
    var feed = open.get(owned.asked());
    if (feed != null && feed.stats != null) {
      feed.stats.hideAt(Subscriptions.prefix(owned));
    }
  }

  void close(ResourceKey key) {
    var feed = open.remove(key);
    if (feed != null) {
      feed.close();
    }
  }

  /// All resources of a kind, for good.
  ///
  /// @param prefix of what is counted of the conversation
  void openWhole(
      ResourceKind kind,
      ResourceSource source,
      String prefix,
      ResponseHandler handler,
      Runnable onNothing) {
    wholes.add(
        switch (source) {
          case FileSource file -> file(kind, file, handler, onNothing);
          case RemoteSource service -> {
            var stats = new ControlPlaneStats(metrics, prefix);
            var client = client(kind, service, stats, handler);
            client.subscribeToAll(kind.typeUrl());
            client.start();
            yield new Feed(client::close, stats);
          }
        });
  }

  /// Nothing comes any more.
  void close() {
    wholes.forEach(Feed::close);
    open.values().forEach(Feed::close);
    open.clear();
  }

  private AdsClient client(
      ResourceKind kind, RemoteSource service, ControlPlaneStats stats, ResponseHandler handler) {
    return services.client(service, AdsTransport.Service.of(kind), stats, handler);
  }

  private Feed file(
      ResourceKind kind, FileSource file, ResponseHandler handler, Runnable onNothing) {
    var files = types.secrets();
    var discovery = new FileDiscovery(kind, file, files.spec(), handler, onNothing);
    discovery.start(files.folders());
    return new Feed(discovery::close, null);
  }
}
