package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.Discovered;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.ExtensionNeed;
import dev.outrider.proxy.xds.resource.FilterPlaces;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.ExtensionResource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is wrong with a resource, good by itself, beside those that are held. Main loop only.
public final class Conflicts {
  private final WarmingSet<ClusterResource> clusters;
  private final WarmingSet<ListenerResource> listeners;
  private final Map<ResourceKey, Held<ExtensionResource>> extensions;
  private final Admission.Watcher watcher;

  /// @param watcher knows which services there are, and what the control plane speaks
  Conflicts(
      WarmingSet<ClusterResource> clusters,
      WarmingSet<ListenerResource> listeners,
      Map<ResourceKey, Held<ExtensionResource>> extensions,
      Admission.Watcher watcher) {
    this.clusters = clusters;
    this.listeners = listeners;
    this.extensions = extensions;
    this.watcher = watcher;
  }

  /// Every reason not to admit it.
  List<ConfigProblem> of(ResourceKey key, Resource resource) {
    var unreachable = unreachable(key, resource);
    if (!unreachable.isEmpty()) {
      return unreachable;
    }
    return switch (resource) {
      case RoutesResource table -> ofTable(key, table);
      case ListenerResource listener -> ofListener(listener);
      case ExtensionResource extension -> ofExtension(key, extension);
      case Resource.EndpointsResource assignment -> ofCollections(key, assignment);
      case ClusterResource _,
          Resource.LocalityEndpoint _,
          Resource.HostResource _,
          Resource.SecretResource _,
          Resource.RuntimeResource _,
          Resource.ScopeResource _ ->
          List.of();
    };
  }

  private List<ConfigProblem> unreachable(ResourceKey key, Resource resource) {
    var found = new LinkedHashSet<ConfigProblem>();
    for (var need : resource.needs()) {
      unreachable(key, need.key().source(), found);
    }
    if (resource instanceof ListenerResource listener) {
      for (var use : listener.scopes()) {
        unreachable(key, use.routes(), found);
      }
    }
    return List.copyOf(found);
  }

  private void unreachable(
      ResourceKey key, @Nullable ResourceSource source, Set<ConfigProblem> found) {
    if (source instanceof RemoteSource service && !watcher.reaches(service)) {
      var text = ConfigSources.unreachable(service);
      found.add(new ConfigProblem(key.toString(), "", text));
    }
  }

  private List<ConfigProblem> ofCollections(
      ResourceKey key, Resource.EndpointsResource assignment) {
    var found = new LinkedHashSet<ConfigProblem>();
    for (var each : assignment.collections()) {
      var source = each.target().key().source();
      unreachable(key, source, found);
      if (source == null && !watcher.keepsCurrent()) {
        found.add(
            new ConfigProblem(
                key.toString(),
                "",
                "LEDS needs the incremental protocol, which ads_config does not ask for"
                    + " (DELTA_GRPC)"));
      }
    }
    return List.copyOf(found);
  }

  private List<ConfigProblem> ofTable(ResourceKey key, RoutesResource table) {
    var found = new LinkedHashSet<>(unknownClusters(key.toString(), table.mustExist()));
    var hosts = table.hosts();
    if (hosts != null) {
      var source = hosts.target().key().source();
      unreachable(key, source, found);
      if (source == null && !watcher.hasControlPlane()) {
        found.add(
            new ConfigProblem(
                key.toString(),
                "",
                "vhds: ADS config source specified but no ADS configured in bootstrap."));
      } else if (source == null && !watcher.keepsCurrent()) {
        found.add(
            new ConfigProblem(
                key.toString(),
                "",
                "vhds: ADS must use DELTA_GRPC api_type when used as VHDS config source."));
      }
    }
    return List.copyOf(found);
  }

  private List<ConfigProblem> unknownClusters(String resource, Set<String> mustExist) {
    return mustExist.stream()
        .filter(cluster -> !clusters.contains(cluster))
        .map(cluster -> unknownCluster(resource, cluster))
        .toList();
  }

  private List<ConfigProblem> ofListener(ListenerResource resource) {
    var listener = resource.listener();
    var called = ResourceKind.LISTENER.called(listener.name());
    var found = new ArrayList<>(unknownClusters(called, resource.mustExist()));
    for (var need : resource.extensions()) {
      var key = need.target().key();
      var came = extensions.get(key);
      var wrong = came == null ? null : unfit(called, need, key, came.value());
      if (wrong != null) {
        found.add(wrong);
      }
    }
    for (var other : listeners.all()) {
      var taken = other.value().listener();
      if (!taken.name().equals(listener.name())) {
        for (var socket : listener.sockets()) {
          if (socket.address().isFixed() && taken.isAt(socket.address())) {
            found.add(duplicateAddress(listener, socket.address()));
          }
        }
      }
    }
    return found;
  }

  /// A filter that names it may not be of its type, or stand where such a one may not.
  private List<ConfigProblem> ofExtension(ResourceKey key, ExtensionResource extension) {
    for (var listener : listeners.all()) {
      for (var need : listener.value().extensions()) {
        var wrong = unfit(key.toString(), need, key, extension);
        if (wrong != null) {
          return List.of(wrong);
        }
      }
    }
    return List.of();
  }

  private static @Nullable ConfigProblem unfit(
      String resource, ExtensionNeed need, ResourceKey key, ExtensionResource extension) {
    if (!need.target().key().equals(key)) {
      return null;
    }
    var type = extension.type();
    if (!need.types().contains(type)) {
      return new ConfigProblem(resource, "", FilterPlaces.wrongType(type, need.types()));
    }
    if (!need.place().takes(extension.config())) { // types that no filter of that kind has
      return new ConfigProblem(
          resource,
          "",
          "Didn't find a registered implementation for '%s' with type URL: '%s'"
              .formatted(key.name(), type));
    }
    if (extension.config() instanceof Discovered.Network(var factory)) {
      var last = need.place() == ExtensionNeed.Place.NETWORK_END;
      var wrong = FilterPlaces.wrong(key.name(), type, factory.terminal(), last);
      return wrong == null ? null : new ConfigProblem(resource, "", wrong);
    }
    return null;
  }

  /// A route leads to a cluster that has to be there and is not.
  public static ConfigProblem unknownCluster(String resource, String cluster) {
    return new ConfigProblem(resource, "", "route: unknown cluster '" + cluster + "'");
  }

  /// Two listeners want one address.
  public static ConfigProblem duplicateAddress(ListenerConfig listener, HostPort address) {
    return new ConfigProblem(
        ResourceKind.LISTENER.called(listener.name()),
        "",
        "error adding listener: '%s' has duplicate address '%s' as existing listener"
            .formatted(listener.name(), address.text()));
  }
}
