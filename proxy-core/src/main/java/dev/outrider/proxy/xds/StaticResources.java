package dev.outrider.proxy.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DynamicSources;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.config.RestService;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.xds.admission.Conflicts;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.secret.StaticSecrets;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The secrets, clusters and listeners of a bootstrap, the latter two as deliveries like any other,
/// and what must be true of them together.
record StaticResources(BootstrapConfig bootstrap) {
  Delivery clusters() {
    return delivery(ResourceKind.CLUSTER, bootstrap.staticClusters());
  }

  StaticSecrets secrets() {
    return secrets(new ArrayList<>());
  }

  private StaticSecrets secrets(List<ConfigProblem> problems) {
    var place = new Scope("bootstrap", "static_resources", problems);
    var all = new ArrayList<Secret>();
    for (var message : bootstrap.staticSecrets()) {
      try {
        all.add(Secret.parseFrom(message.toByteArray()));
      } catch (InvalidProtocolBufferException e) {
        place.problem("secrets", String.valueOf(e.getMessage()));
      }
    }
    return new StaticSecrets(all, place);
  }

  Delivery listeners() {
    return delivery(ResourceKind.LISTENER, bootstrap.staticListeners());
  }

  private static Delivery delivery(ResourceKind kind, List<EncodedMessage> messages) {
    var resources = new ArrayList<ResponseHandler.Packed>();
    for (var message : messages) {
      resources.add(
          new ResponseHandler.Packed(
              "",
              "",
              Any.newBuilder()
                  .setTypeUrl(kind.typeUrl())
                  .setValue(ByteString.copyFrom(message.toByteArray()))
                  .build()));
    }
    return new Delivery(kind, null, ConfigOrigin.STATIC, "", resources, null);
  }

  private @Nullable DiscoveryService controlPlane() {
    var dynamic = bootstrap.dynamic();
    return dynamic == null ? null : dynamic.controlPlane();
  }

  /// Every reason not to start that the clusters give.
  List<ConfigProblem> problems(Outcome clusters) {
    var problems = new ArrayList<ConfigProblem>();
    secrets(problems);
    ownProblems(clusters, clusters, problems);
    var dynamic = bootstrap.dynamic();
    if (dynamic != null) {
      var place = "dynamic_resources.";
      controlPlane(place + "ads_config", dynamic.controlPlane(), clusters, problems);
      controlPlane(place + "cds_config", service(dynamic.clusters()), clusters, problems);
      controlPlane(place + "lds_config", service(dynamic.listeners()), clusters, problems);
    }
    for (var layer : new TreeMap<>(bootstrap.runtimeSources()).entrySet()) {
      if (layer.getValue() instanceof RemoteSource service) {
        var place = "layered_runtime.layers.%s.rtds_layer.rtds_config".formatted(layer.getKey());
        controlPlane(place, service, clusters, problems);
      }
    }
    return problems;
  }

  /// Every reason not to start.
  List<ConfigProblem> problems(Outcome clusters, Outcome listeners) {
    var problems = problems(clusters);
    ownProblems(listeners, clusters, problems);
    unknownClusters(clusters, listeners, problems);
    sharedAddresses(listeners, problems);
    return problems;
  }

  private void ownProblems(Outcome outcome, Outcome clusters, List<ConfigProblem> problems) {
    var broken = outcome.broken();
    if (broken != null) {
      problems.add(new ConfigProblem("bootstrap", "static_resources", broken));
    }
    outcome.refused().values().forEach(problems::addAll);
    unknownServices(outcome, clusters, problems);
    if (controlPlane() == null) {
      orphans(outcome, problems);
    }
  }

  private static void unknownServices(
      Outcome outcome, Outcome clusters, List<ConfigProblem> problems) {
    outcome
        .arrived()
        .forEach(
            (name, held) -> {
              for (var need : held.value().needs()) {
                unknownService(name, need.key().source(), clusters, problems);
              }
              for (var use : scopes(held.value())) {
                unknownService(name, use.routes(), clusters, problems);
              }
            });
  }

  private static void unknownService(
      String name,
      @Nullable ResourceSource source,
      Outcome clusters,
      List<ConfigProblem> problems) {
    if (source instanceof RemoteSource service && !reached(service, clusters)) {
      problems.add(
          new ConfigProblem("'%s'".formatted(name), "", ConfigSources.unreachable(service)));
    }
  }

  /// Those whose tables are needed besides what the resource itself does.
  private static List<ScopesUse> scopes(Resource resource) {
    return resource instanceof ListenerResource listener ? listener.scopes() : List.of();
  }

  /// The clusters that are called by gRPC, by name.
  static Map<String, Cluster> grpcClusters(Outcome clusters) {
    var all = new HashMap<String, Cluster>();
    for (var name : clusters.arrived().keySet()) {
      var cluster = grpcCluster(clusters, name);
      if (cluster != null) {
        all.put(name, cluster);
      }
    }
    return all;
  }

  /// The clusters that can be called as any is, by plain HTTP: those that wait for nobody to bring
  /// their endpoints.
  static Set<String> fixedClusters(Outcome clusters) {
    var all = new HashSet<String>();
    clusters
        .arrived()
        .forEach(
            (name, held) -> {
              if (held.value() instanceof ClusterResource resource
                  && !(resource.cluster().discovery() instanceof Discovery.Eds)) {
                all.add(name);
              }
            });
    return all;
  }

  /// Static routes may name static clusters only, unless `validate_clusters` says otherwise.
  private static void unknownClusters(
      Outcome clusters, Outcome listeners, List<ConfigProblem> problems) {
    var known = clusters.all();
    for (var held : listeners.arrived().values()) {
      if (held.value() instanceof ListenerResource listener) {
        for (var name : listener.mustExist()) {
          if (!known.contains(name)) {
            problems.add(
                Conflicts.unknownCluster(
                    ResourceKind.LISTENER.called(listener.listener().name()), name));
          }
        }
      }
    }
  }

  private static void sharedAddresses(Outcome listeners, List<ConfigProblem> problems) {
    var taken = new HashSet<HostPort>();
    for (var held : listeners.arrived().values()) {
      if (held.value() instanceof ListenerResource resource) {
        for (var socket : resource.listener().sockets()) {
          var address = socket.address();
          if (address.isFixed() && !taken.add(address)) {
            problems.add(Conflicts.duplicateAddress(resource.listener(), address));
          }
        }
      }
    }
  }

  private static void orphans(Outcome outcome, List<ConfigProblem> problems) {
    outcome
        .arrived()
        .forEach(
            (name, held) -> {
              for (var need : held.value().needs()) {
                if (need.key().source() == null) {
                  problems.add(orphan(name, need.key().toString()));
                }
              }
              for (var use : scopes(held.value())) {
                if (use.routes() == null) {
                  problems.add(orphan(name, "the route configurations of its scopes"));
                }
              }
            });
  }

  private static ConfigProblem orphan(String name, String need) {
    return new ConfigProblem(
        "bootstrap",
        "dynamic_resources.ads_config",
        "'%s' needs %s from a control plane, but none is configured".formatted(name, need));
  }

  private static boolean reached(RemoteSource source, Outcome clusters) {
    return switch (source) {
      case DiscoveryService service ->
          ConfigSources.clusters(service).stream()
              .allMatch(name -> grpcCluster(clusters, name) != null);
      case RestService service -> fixedClusters(clusters).contains(service.cluster());
    };
  }

  private static @Nullable RemoteSource service(DynamicSources.@Nullable Source source) {
    return source != null && source.from() instanceof RemoteSource service ? service : null;
  }

  private static void controlPlane(
      String field, @Nullable RemoteSource source, Outcome clusters, List<ConfigProblem> problems) {
    if (source == null) {
      return;
    }
    var names = ConfigSources.clusters(source);
    if (names.stream().anyMatch(clusters.refused()::containsKey)) {
      return;
    }
    for (var name : names) {
      if (source instanceof DiscoveryService && grpcCluster(clusters, name) == null) {
        problems.add(bootstrap(field, ConfigSources.unknownGrpcCluster(name)));
      } else if (!reached(source, clusters) && source instanceof RestService) {
        problems.add(bootstrap(field, ConfigSources.unreachable(source)));
      }
      var held = clusters.arrived().get(name);
      if (held != null && held.value().needs().stream().anyMatch(StaticResources::comesOverAds)) {
        problems.add(
            bootstrap(
                field,
                "cluster '%s' leads to the control plane, and needs a secret of it to get there"
                    .formatted(name)));
      }
    }
  }

  private static boolean comesOverAds(Resource.InitTarget need) {
    return need.key().kind() == ResourceKind.SECRET && need.key().source() == null;
  }

  private static ConfigProblem bootstrap(String field, String text) {
    return new ConfigProblem("bootstrap", field, text);
  }

  private static @Nullable Cluster grpcCluster(Outcome clusters, String name) {
    var held = clusters.arrived().get(name);
    return held != null
            && held.value() instanceof ClusterResource resource
            && resource.cluster().discovery() instanceof Discovery.Static(var assignment)
            && !assignment.endpoints().isEmpty()
        ? resource.cluster()
        : null;
  }
}
