package dev.outrider.proxy.server;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.outrider.proxy.admin.DumpAnswer;
import dev.outrider.proxy.admin.ServerView.ConfigDumpQuery;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.xds.Configuration;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.admin.v3.BootstrapConfigDump;
import io.envoyproxy.envoy.admin.v3.ClientResourceStatus;
import io.envoyproxy.envoy.admin.v3.ClustersConfigDump;
import io.envoyproxy.envoy.admin.v3.ConfigDump;
import io.envoyproxy.envoy.admin.v3.EcdsConfigDump;
import io.envoyproxy.envoy.admin.v3.EndpointsConfigDump;
import io.envoyproxy.envoy.admin.v3.ListenersConfigDump;
import io.envoyproxy.envoy.admin.v3.RoutesConfigDump;
import io.envoyproxy.envoy.admin.v3.ScopedRoutesConfigDump;
import io.envoyproxy.envoy.admin.v3.SecretsConfigDump;
import io.envoyproxy.envoy.admin.v3.UpdateFailureState;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.health_check.v3.HealthCheck;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Builds `/config_dump` (Envoy `admin.v3.ConfigDump`): the bytes every resource was accepted in,
/// as JSON.
///
/// The only place, beside validation, that touches message descriptors; main loop only.
final class ConfigDumps {
  private static final List<Descriptor> PARTS =
      List.of(
          BootstrapConfigDump.getDescriptor(),
          ClustersConfigDump.getDescriptor(),
          EndpointsConfigDump.getDescriptor(),
          ListenersConfigDump.getDescriptor(),
          ScopedRoutesConfigDump.getDescriptor(),
          RoutesConfigDump.getDescriptor(),
          SecretsConfigDump.getDescriptor(),
          EcdsConfigDump.getDescriptor());

  /// Types that stand in a typed configuration; what is not here is shown by its name only.
  private static final List<Descriptor> EXTENSIONS =
      List.of(
          HttpConnectionManager.getDescriptor(),
          HealthCheck.getDescriptor(),
          Router.getDescriptor(),
          Wasm.getDescriptor(),
          TcpProxy.getDescriptor(),
          RBAC.getDescriptor(),
          ConnectionLimit.getDescriptor(),
          io.envoyproxy.envoy.extensions.filters.network.wasm.v3.Wasm.getDescriptor(),
          TlsInspector.getDescriptor(),
          HttpInspector.getDescriptor(),
          ProxyProtocol.getDescriptor(),
          OriginalDst.getDescriptor(),
          FileAccessLog.getDescriptor(),
          StdoutAccessLog.getDescriptor(),
          StderrAccessLog.getDescriptor(),
          HttpProtocolOptions.getDescriptor(),
          DownstreamTlsContext.getDescriptor(),
          UpstreamTlsContext.getDescriptor(),
          SPIFFECertValidatorConfig.getDescriptor(),
          Secret.getDescriptor(),
          TypedExtensionConfig.getDescriptor(),
          BytesValue.getDescriptor(),
          StringValue.getDescriptor(),
          Struct.getDescriptor());

  private final Configuration configuration;
  private final BootstrapConfig bootstrap;
  private final long startMicros;

  /// @param startMicros when the process started, since 1970
  ConfigDumps(Configuration configuration, BootstrapConfig bootstrap, long startMicros) {
    this.configuration = configuration;
    this.bootstrap = bootstrap;
    this.startMicros = startMicros;
  }

  /// The dump as JSON.
  DumpAnswer json(ConfigDumpQuery query) {
    var resource = query.resource();
    if (!resource.isEmpty() && PARTS.stream().noneMatch(has(resource))) {
      return PARTS.stream().anyMatch(part -> part.findFieldByName(resource) != null)
          ? new DumpAnswer.NotRepeated()
          : new DumpAnswer.NoSuchResource();
    }
    var shown = parts(query).stream().flatMap(part -> select(part, resource).stream()).toList();
    var masked = query.mask().isEmpty() ? shown : masked(shown, query.mask());
    if (masked.size() < shown.size() && (masked.isEmpty() || !resource.isEmpty())) {
      return new DumpAnswer.BadMask();
    }
    var dump = ConfigDump.newBuilder();
    masked.forEach(selected -> dump.addConfigs(Any.pack(selected)));
    return new DumpAnswer.Shown(print(dump.build()));
  }

  private static List<Message> masked(List<Message> all, String paths) {
    var mask = DumpMask.of(paths, types());
    return all.stream().flatMap(each -> mask.apply(each).stream()).toList();
  }

  private List<Message> parts(ConfigDumpQuery query) {
    var names = query.names();
    var parts = new ArrayList<Message>();
    parts.add(
        BootstrapConfigDump.newBuilder()
            .setBootstrap(parsedBootstrap())
            .setLastUpdated(time(startMicros))
            .build());
    parts.add(clusters(names));
    if (query.includeEndpoints()) {
      parts.add(endpoints());
    }
    parts.add(listeners(names));
    parts.add(ScopedRoutesDump.of(configuration.held(), names, ConfigDumps::time));
    parts.add(routes(names));
    parts.add(secrets(names));
    var extensions = extensions(names);
    if (extensions.getEcdsFiltersCount() > 0) { // Envoy has the part only then
      parts.add(extensions);
    }
    return parts;
  }

  private static Predicate<Descriptor> has(String resource) {
    return part -> {
      var field = part.findFieldByName(resource);
      return field != null && field.isRepeated();
    };
  }

  /// All of a part, or of every part the elements of the field that is asked for.
  private static List<Message> select(Message part, String resource) {
    if (resource.isEmpty()) {
      return List.of(part);
    }
    var field = part.getDescriptorForType().findFieldByName(resource);
    if (field == null || !field.isRepeated()) {
      return List.of();
    }
    var elements = new ArrayList<Message>();
    for (int i = 0; i < part.getRepeatedFieldCount(field); i++) {
      elements.add((Message) part.getRepeatedField(field, i));
    }
    return elements;
  }

  private Bootstrap parsedBootstrap() {
    try {
      return Bootstrap.parseFrom(bootstrap.message().toByteArray());
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("the bootstrap was parsed at the start", impossible);
    }
  }

  private ClustersConfigDump clusters(Predicate<String> names) {
    var dump =
        ClustersConfigDump.newBuilder().setVersionInfo(configuration.version(ResourceKind.CLUSTER));
    var failed = byName(ResourceKind.CLUSTER);
    var byName = new ArrayList<>(configuration.held().clusters());
    byName.sort(Comparator.comparing(held -> held.value().cluster().name())); // as in Envoy
    for (var held : byName) {
      if (!names.test(held.value().cluster().name())) {
        continue;
      }
      if (held.origin() == ConfigOrigin.STATIC) {
        dump.addStaticClusters(
            ClustersConfigDump.StaticCluster.newBuilder()
                .setCluster(any(held, ResourceKind.CLUSTER))
                .setLastUpdated(time(held)));
      } else {
        var name = held.value().cluster().name();
        dump.addDynamicActiveClusters(failure(dynamicCluster(held), failed.remove(name)));
      }
    }
    for (var held : configuration.held().warmingClusters()) {
      var name = held.value().cluster().name();
      if (names.test(name)) {
        dump.addDynamicWarmingClusters(failure(dynamicCluster(held), failed.remove(name)));
      }
    }
    failed.forEach(
        (name, failure) -> {
          if (names.test(name)) { // no version was ever accepted
            dump.addDynamicWarmingClusters(
                failure(ClustersConfigDump.DynamicCluster.newBuilder(), failure)
                    .setCluster(Any.pack(Cluster.newBuilder().setName(name).build())));
          }
        });
    return dump.build();
  }

  /// What was refused; of the same name from several places the last.
  private Map<String, FailedUpdate> byName(ResourceKind kind) {
    var all = new LinkedHashMap<String, FailedUpdate>();
    configuration.failed(kind).forEach((key, failed) -> all.put(key.name(), failed));
    return all;
  }

  private static ClustersConfigDump.DynamicCluster.Builder failure(
      ClustersConfigDump.DynamicCluster.Builder cluster, @Nullable FailedUpdate failed) {
    return failed == null
        ? cluster
        : cluster.setErrorState(state(failed)).setClientStatus(ClientResourceStatus.NACKED);
  }

  private static UpdateFailureState state(FailedUpdate failed) {
    return UpdateFailureState.newBuilder()
        .setVersionInfo(failed.version())
        .setDetails(failed.details())
        .setLastUpdateAttempt(time(failed.epochMicros()))
        .build();
  }

  private static ClustersConfigDump.DynamicCluster.Builder dynamicCluster(Held<?> held) {
    return ClustersConfigDump.DynamicCluster.newBuilder()
        .setVersionInfo(held.version())
        .setCluster(any(held, ResourceKind.CLUSTER))
        .setLastUpdated(time(held));
  }

  private EndpointsConfigDump endpoints() {
    var dump = EndpointsConfigDump.newBuilder();
    var failed = byName(ResourceKind.ENDPOINTS);
    for (var held : configuration.held().endpoints()) {
      var name = held.value().assignment().clusterName();
      var shown =
          EndpointsConfigDump.DynamicEndpointConfig.newBuilder()
              .setVersionInfo(held.version())
              .setEndpointConfig(any(held, ResourceKind.ENDPOINTS))
              .setLastUpdated(time(held));
      var wrong = failed.remove(name);
      dump.addDynamicEndpointConfigs(wrong == null ? shown : failure(shown, wrong));
    }
    failed.forEach(
        (name, wrong) -> { // no version was ever accepted
          var shown =
              EndpointsConfigDump.DynamicEndpointConfig.newBuilder()
                  .setEndpointConfig(
                      Any.pack(ClusterLoadAssignment.newBuilder().setClusterName(name).build()));
          dump.addDynamicEndpointConfigs(failure(shown, wrong));
        });
    return dump.build();
  }

  private static EndpointsConfigDump.DynamicEndpointConfig.Builder failure(
      EndpointsConfigDump.DynamicEndpointConfig.Builder shown, FailedUpdate wrong) {
    return shown.setErrorState(state(wrong)).setClientStatus(ClientResourceStatus.NACKED);
  }

  private ListenersConfigDump listeners(Predicate<String> names) {
    var dump =
        ListenersConfigDump.newBuilder()
            .setVersionInfo(configuration.version(ResourceKind.LISTENER));
    var dynamic = new LinkedHashMap<String, ListenersConfigDump.DynamicListener.Builder>();
    for (var held : configuration.held().listeners()) {
      var name = held.value().listener().name();
      if (!names.test(name)) {
        continue;
      }
      if (held.origin() == ConfigOrigin.STATIC) {
        dump.addStaticListeners(
            ListenersConfigDump.StaticListener.newBuilder()
                .setListener(any(held, ResourceKind.LISTENER))
                .setLastUpdated(time(held)));
      } else {
        named(dynamic, name).setActiveState(state(held));
      }
    }
    for (var held : configuration.held().warmingListeners()) {
      var name = held.value().listener().name();
      if (names.test(name)) {
        named(dynamic, name).setWarmingState(state(held));
      }
    }
    byName(ResourceKind.LISTENER)
        .forEach(
            (name, failed) -> {
              if (names.test(name)) {
                named(dynamic, name)
                    .setErrorState(state(failed))
                    .setClientStatus(ClientResourceStatus.NACKED);
              }
            });
    dynamic.values().forEach(dump::addDynamicListeners);
    return dump.build();
  }

  private static ListenersConfigDump.DynamicListener.Builder named(
      Map<String, ListenersConfigDump.DynamicListener.Builder> all, String name) {
    return all.computeIfAbsent(
        name, _ -> ListenersConfigDump.DynamicListener.newBuilder().setName(name));
  }

  private static ListenersConfigDump.DynamicListenerState state(Held<?> held) {
    return ListenersConfigDump.DynamicListenerState.newBuilder()
        .setVersionInfo(held.version())
        .setListener(any(held, ResourceKind.LISTENER))
        .setLastUpdated(time(held))
        .build();
  }

  private RoutesConfigDump routes(Predicate<String> names) {
    var dump = RoutesConfigDump.newBuilder();
    addStaticRoutes(dump, names);
    var failed = byName(ResourceKind.ROUTES);
    failed.keySet().removeIf(names.negate());
    for (var held : configuration.held().routes()) {
      var name = held.value().table().name();
      if (!names.test(name)) {
        continue;
      }
      var shown =
          RoutesConfigDump.DynamicRouteConfig.newBuilder()
              .setVersionInfo(held.version())
              .setRouteConfig(table(held))
              .setLastUpdated(time(held));
      var wrong = failed.remove(name);
      dump.addDynamicRouteConfigs(wrong == null ? shown : failure(shown, wrong));
    }
    failed.forEach(
        (name, wrong) -> { // no version was ever accepted
          var shown =
              RoutesConfigDump.DynamicRouteConfig.newBuilder()
                  .setRouteConfig(Any.pack(RouteConfiguration.newBuilder().setName(name).build()));
          dump.addDynamicRouteConfigs(failure(shown, wrong));
        });
    return dump.build();
  }

  /// Those that are part of a listener, wherever the listener came from.
  private void addStaticRoutes(RoutesConfigDump.Builder dump, Predicate<String> names) {
    var held = configuration.held();
    for (var listeners : List.of(held.listeners(), held.warmingListeners())) {
      for (var listener : listeners) {
        HttpManagers.of(listener).stream()
            .filter(HttpConnectionManager::hasRouteConfig)
            .map(HttpConnectionManager::getRouteConfig)
            .filter(routes -> names.test(routes.getName()))
            .map(ConfigDumps::packed)
            .forEach(
                routes ->
                    dump.addStaticRouteConfigs(
                        RoutesConfigDump.StaticRouteConfig.newBuilder()
                            .setRouteConfig(routes)
                            .setLastUpdated(time(listener))));
      }
    }
  }

  /// With the virtual hosts that came by themselves.
  private static Any table(Held<RoutesResource> held) {
    var hosts = held.value().hosts();
    return hosts == null ? any(held, ResourceKind.ROUTES) : Any.pack(hosts.merged());
  }

  private static RoutesConfigDump.DynamicRouteConfig.Builder failure(
      RoutesConfigDump.DynamicRouteConfig.Builder shown, FailedUpdate wrong) {
    return shown.setErrorState(state(wrong)).setClientStatus(ClientResourceStatus.NACKED);
  }

  private EcdsConfigDump extensions(Predicate<String> names) {
    var dump = EcdsConfigDump.newBuilder();
    var failed = byName(ResourceKind.EXTENSION);
    failed.keySet().removeIf(names.negate());
    for (var held : configuration.held().extensions()) {
      var name = held.value().name();
      if (!names.test(name)) {
        continue;
      }
      var shown =
          EcdsConfigDump.EcdsFilterConfig.newBuilder()
              .setVersionInfo(held.version())
              .setEcdsFilter(any(held, ResourceKind.EXTENSION))
              .setLastUpdated(time(held));
      var wrong = failed.remove(name);
      dump.addEcdsFilters(wrong == null ? shown : failure(shown, wrong));
    }
    failed.forEach(
        (name, wrong) -> { // no version was ever accepted
          var shown =
              EcdsConfigDump.EcdsFilterConfig.newBuilder()
                  .setEcdsFilter(Any.pack(TypedExtensionConfig.newBuilder().setName(name).build()));
          dump.addEcdsFilters(failure(shown, wrong));
        });
    return dump.build();
  }

  private static EcdsConfigDump.EcdsFilterConfig.Builder failure(
      EcdsConfigDump.EcdsFilterConfig.Builder shown, FailedUpdate wrong) {
    return shown.setErrorState(state(wrong)).setClientStatus(ClientResourceStatus.NACKED);
  }

  /// With the content of the files that they name, as Envoy; keys are blackened later.
  private SecretsConfigDump secrets(Predicate<String> names) {
    var dump = SecretsConfigDump.newBuilder();
    var failed = configuration.failed(ResourceKind.SECRET);
    for (var secret : configuration.held().staticSecrets()) {
      if (names.test(secret.getName())) {
        dump.addStaticSecrets(
            SecretsConfigDump.StaticSecret.newBuilder()
                .setName(secret.getName())
                .setSecret(packed(secret)));
      }
    }
    configuration
        .held()
        .secrets()
        .forEach(
            (key, held) -> {
              if (!names.test(key.name())) {
                return;
              }
              var shown = SecretsConfigDump.DynamicSecret.newBuilder().setName(key.name());
              var wrong = failed.get(key);
              if (wrong != null) {
                shown.setErrorState(state(wrong)).setClientStatus(ClientResourceStatus.NACKED);
              }
              if (held == null) {
                var none = Secret.newBuilder().setName(key.name()).build();
                dump.addDynamicWarmingSecrets(
                    shown.setVersionInfo("uninitialized").setSecret(packed(none)));
              } else {
                dump.addDynamicActiveSecrets(
                    shown
                        .setVersionInfo(held.version())
                        .setLastUpdated(time(held))
                        .setSecret(packed(held.value().secret())));
              }
            });
    return dump.build();
  }

  private static Any packed(Message message) {
    return Any.pack(message);
  }

  private static Any any(Held<? extends Resource> held, ResourceKind kind) {
    return Any.newBuilder()
        .setTypeUrl(kind.typeUrl())
        .setValue(ByteString.copyFrom(held.bytes().toByteArray()))
        .build();
  }

  private static Timestamp time(Held<?> held) {
    return time(held.epochMicros());
  }

  private static Timestamp time(long micros) {
    return Timestamp.newBuilder()
        .setSeconds(micros / 1_000_000)
        .setNanos((int) (micros % 1_000_000) * 1000)
        .build();
  }

  private static TypeRegistry types() {
    return TypeRegistry.newBuilder().add(PARTS).add(EXTENSIONS).build();
  }

  private static String print(ConfigDump dump) {
    var types = types();
    try {
      return JsonFormat.printer()
              .preservingProtoFieldNames()
              .usingTypeRegistry(types)
              .print(new ReadableTypes(types).of(dump))
          + "\n";
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("every type was made readable", impossible);
    }
  }
}
