package dev.outrider.proxy.xds.runtime;

import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.bootstrap.v3.LayeredRuntime;
import io.envoyproxy.envoy.config.bootstrap.v3.RuntimeLayer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `bootstrap.v3.LayeredRuntime`.
public final class RuntimeLayersParser {
  private RuntimeLayersParser() {}

  /// The layers, in their order.
  ///
  /// @param sources gets where those come from that are resources of files and services, by name
  /// @param serviceCluster of the node, for folders that are named after it
  public static List<RuntimeLayerSpec> parse(
      LayeredRuntime message,
      String serviceCluster,
      Scope scope,
      Map<String, ResourceSource> sources) {
    var layers = new ArrayList<RuntimeLayerSpec>();
    var names = new HashSet<String>();
    var admins = 0;
    for (var i = 0; i < message.getLayersCount(); i++) {
      var layer = message.getLayers(i);
      var place = scope.item("layers", i);
      if (!names.add(layer.getName())) {
        place.problem("Duplicate layer name: " + layer.getName());
      }
      admins += layer.hasAdminLayer() ? 1 : 0;
      if (layer.hasAdminLayer() && admins > 1) {
        place.problem(
            "Too many admin layers specified in LayeredRuntime, at most one may be specified");
      }
      var spec = layer(layer, serviceCluster, place, sources);
      if (spec != null) {
        layers.add(spec);
      }
    }
    return layers;
  }

  private static @Nullable RuntimeLayerSpec layer(
      RuntimeLayer message,
      String serviceCluster,
      Scope place,
      Map<String, ResourceSource> sources) {
    var name = message.getName();
    return switch (message.getLayerSpecifierCase()) {
      case STATIC_LAYER ->
          new RuntimeLayerSpec.Fixed(
              name, RuntimeStructs.values(message.getStaticLayer(), place.field("static_layer")));
      case ADMIN_LAYER -> new RuntimeLayerSpec.Admin(name);
      case DISK_LAYER -> disk(name, message.getDiskLayer(), serviceCluster);
      case RTDS_LAYER -> {
        var rtds = message.getRtdsLayer();
        var source = place.field("rtds_layer.rtds_config");
        var target =
            ConfigSources.target(
                ResourceKind.RUNTIME, rtds.getName(), false, rtds.getRtdsConfig(), source);
        if (target.key().source() != null) {
          sources.put(name, target.key().source());
        }
        yield new RuntimeLayerSpec.Rtds(name, rtds.getName(), target.timeoutMillis());
      }
      case LAYERSPECIFIER_NOT_SET -> {
        place.problem("one of static_layer, disk_layer, admin_layer, rtds_layer is required");
        yield null;
      }
    };
  }

  private static RuntimeLayerSpec disk(
      String name, RuntimeLayer.DiskLayer message, String serviceCluster) {
    var folder = message.getSymlinkRoot() + "/" + message.getSubdirectory();
    return new RuntimeLayerSpec.Disk(
        name,
        message.getSymlinkRoot(),
        message.getAppendServiceCluster() ? folder + "/" + serviceCluster : folder);
  }
}
