package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.LocalPlace;
import dev.outrider.proxy.metrics.StatsRules;
import dev.outrider.proxy.overload.OverloadSpec;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a process is started with (Envoy `bootstrap.v3.Bootstrap`), apart from the static resources
/// themselves, which stay encoded here and take the same way through admission as those from a
/// control plane.
///
/// @param place where the process runs
/// @param admin absent = no admin listener
/// @param dynamic which resources come from the control plane; absent = none
/// @param statsFlushing when an interval of the statistics ends, and who is told
/// @param stats how statistics are shown
/// @param mostConnections of clients, of all listeners; 0 = what the runtime says
/// @param overload what is done when resources are short
/// @param runtime the layers of the runtime; a later one counts before an earlier one
/// @param runtimeSources where layers come from that are resources, by name of the layer; those
///   that are not there come from the control plane
/// @param outlierLog file of the events of outlier detection; empty = none
/// @param extensions what runs beside the traffic
/// @param message the whole bootstrap, for `/config_dump`
public record BootstrapConfig(
    NodeConfig node,
    LocalPlace place,
    @Nullable AdminConfig admin,
    List<EncodedMessage> staticClusters,
    List<EncodedMessage> staticListeners,
    List<EncodedMessage> staticSecrets,
    @Nullable DynamicSources dynamic,
    StatsFlushing statsFlushing,
    StatsRules stats,
    long mostConnections,
    OverloadSpec overload,
    List<RuntimeLayerSpec> runtime,
    Map<String, ResourceSource> runtimeSources,
    String outlierLog,
    List<ExtensionEntry> extensions,
    EncodedMessage message) {

  public BootstrapConfig {
    staticClusters = List.copyOf(staticClusters);
    staticListeners = List.copyOf(staticListeners);
    staticSecrets = List.copyOf(staticSecrets);
    runtime = List.copyOf(runtime);
    runtimeSources = Map.copyOf(runtimeSources);
    extensions = List.copyOf(extensions);
  }
}
