package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.outrider.proxy.cluster.LocalPlace;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.config.AdminConfig;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.DynamicSources;
import dev.outrider.proxy.config.DynamicSources.Source;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.ExtensionEntry;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.config.NodeConfig;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.listener.ListenerSocketParser;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.runtime.RuntimeLayersParser;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `bootstrap.v3.Bootstrap`. Static resources stay encoded; [Configuration] judges them with
/// all others.
public final class BootstrapParser {
  private final Bootstrap message;
  private final NodeFlags flags;
  private final Scope scope = Scope.of("bootstrap");

  /// What the command line says about the node; empty = what the bootstrap says.
  public record NodeFlags(String id, String cluster, String zone) {
    public static final NodeFlags NONE = new NodeFlags("", "", "");
  }

  private BootstrapParser(Bootstrap message, NodeFlags flags) {
    this.message = message;
    this.flags = flags;
  }

  /// The parts of a bootstrap, or every reason why it cannot be used.
  ///
  /// @param bytes an encoded `Bootstrap`
  public static Parsed<BootstrapConfig> parse(byte[] bytes, NodeFlags flags) {
    try {
      return new BootstrapParser(Bootstrap.parseFrom(bytes), flags)
          .parse(EncodedMessage.take(bytes.clone()));
    } catch (InvalidProtocolBufferException e) {
      return Parsed.invalid(new ConfigProblem("bootstrap", "", String.valueOf(e.getMessage())));
    }
  }

  private Parsed<BootstrapConfig> parse(EncodedMessage bytes) {
    scope.refuse(message.hasHdsConfig(), "hds_config");
    scope.refuse(!message.getDefaultSocketInterface().isEmpty(), "default_socket_interface");
    var node = node(message.getNode());
    var dynamic = dynamic();
    var runtimeSources = new HashMap<String, ResourceSource>();
    var runtime = runtime(node, dynamic, runtimeSources);
    var calls =
        (dynamic != null && dynamic.callsService())
            || runtimeSources.values().stream().anyMatch(RemoteSource.class::isInstance);
    if (calls && (node.id().isEmpty() || node.cluster().isEmpty())) {
      scope.problem(
          "node",
          "node 'id' and 'cluster' are required. Set it either in 'node' config or via"
              + " --service-node and --service-cluster options.");
    }
    return scope.result(
        new BootstrapConfig(
            node,
            place(node),
            admin(),
            encoded(message.getStaticResources().getClustersList()),
            encoded(message.getStaticResources().getListenersList()),
            encoded(message.getStaticResources().getSecretsList()),
            dynamic,
            StatSinksParser.parse(message, scope),
            StatsRulesParser.parse(message.getStatsConfig(), scope.field("stats_config")),
            ConnectionLimitsParser.parse(message, scope),
            OverloadParser.parse(message.getOverloadManager(), scope.field("overload_manager")),
            runtime,
            runtimeSources,
            outlierLog(),
            extensions(),
            bytes));
  }

  private List<RuntimeLayerSpec> runtime(
      NodeConfig node, @Nullable DynamicSources dynamic, Map<String, ResourceSource> sources) {
    var place = scope.field("layered_runtime");
    var layers =
        RuntimeLayersParser.parse(message.getLayeredRuntime(), node.cluster(), place, sources);
    if (layers.stream()
            .anyMatch(
                layer ->
                    layer instanceof RuntimeLayerSpec.Rtds && !sources.containsKey(layer.name()))
        && (dynamic == null || dynamic.controlPlane() == null)) {
      scope.problem("dynamic_resources.ads_config", "is required where a source is 'ads'");
    }
    return layers;
  }

  private String outlierLog() {
    var events = message.getClusterManager().getOutlierDetection();
    scope.refuse(events.hasEventService(), "cluster_manager.outlier_detection.event_service");
    return events.getEventLogPath();
  }

  private List<ExtensionEntry> extensions() {
    var all = new ArrayList<ExtensionEntry>();
    for (var each : message.getBootstrapExtensionsList()) {
      var typed = each.getTypedConfig();
      all.add(
          new ExtensionEntry(
              each.getName(),
              typed.getTypeUrl(),
              EncodedMessage.take(typed.getValue().toByteArray())));
    }
    return all;
  }

  private NodeConfig node(Node configured) {
    var node = flags.zone().isEmpty() ? configured : inZone(configured, flags.zone());
    var locality = node.getLocality();
    return new NodeConfig(
        flags.id().isEmpty() ? node.getId() : flags.id(),
        flags.cluster().isEmpty() ? node.getCluster() : flags.cluster(),
        locality.getRegion(),
        locality.getZone(),
        locality.getSubZone(),
        EncodedMessage.take(node.toByteArray()));
  }

  private static Node inZone(Node node, String zone) {
    var moved = node.toBuilder();
    moved.getLocalityBuilder().setZone(zone);
    return moved.build();
  }

  private LocalPlace place(NodeConfig node) {
    var cluster = message.getClusterManager().getLocalClusterName();
    if (!cluster.isEmpty()
        && message.getStaticResources().getClustersList().stream()
            .noneMatch(each -> each.getName().equals(cluster))) {
      scope.problem(
          "cluster_manager.local_cluster_name",
          "local cluster '%s' must be defined".formatted(cluster));
    }
    return new LocalPlace(new Locality(node.region(), node.zone(), node.subZone()), cluster);
  }

  private @Nullable AdminConfig admin() {
    if (!message.getAdmin().hasAddress()) {
      return null;
    }
    var admin = message.getAdmin();
    var address = Addresses.parse(admin.getAddress(), scope.field("admin.address"));
    var profile = admin.getProfilePath();
    return new AdminConfig(
        new ListenerSocket(
            address,
            admin.getAddress().getPipe().getMode(),
            ListenerSocketParser.options(admin.getSocketOptionsList(), scope.field("admin"))),
        profile.isEmpty() ? AdminConfig.DEFAULT_PROFILE_PATH : profile);
  }

  private static List<EncodedMessage> encoded(List<? extends MessageLite> messages) {
    var all = new ArrayList<EncodedMessage>();
    for (var each : messages) {
      all.add(EncodedMessage.take(each.toByteArray()));
    }
    return all;
  }

  private @Nullable DynamicSources dynamic() {
    var resources = message.getDynamicResources();
    var place = scope.field("dynamic_resources");
    place.refuse(!resources.getLdsResourcesLocator().isEmpty(), "lds_resources_locator");
    place.refuse(!resources.getCdsResourcesLocator().isEmpty(), "cds_resources_locator");
    var clusters =
        source(resources.hasCdsConfig(), resources.getCdsConfig(), place.field("cds_config"));
    var listeners =
        source(resources.hasLdsConfig(), resources.getLdsConfig(), place.field("lds_config"));
    if (!resources.hasAdsConfig() && (asks(clusters) || asks(listeners))) {
      place.problem("ads_config", "is required where a source is 'ads'");
    }
    var controlPlane =
        resources.hasAdsConfig()
            ? ConfigSources.controlPlane(resources.getAdsConfig(), place.field("ads_config"))
            : null;
    return controlPlane == null && clusters == null && listeners == null
        ? null
        : new DynamicSources(controlPlane, clusters, listeners);
  }

  private static boolean asks(@Nullable Source source) {
    return source != null && source.from() == null;
  }

  private static @Nullable Source source(boolean isSet, ConfigSource source, Scope place) {
    return isSet ? ConfigSources.whole(source, place) : null;
  }
}
