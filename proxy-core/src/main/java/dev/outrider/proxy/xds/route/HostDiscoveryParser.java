package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.DiscoveredHosts;
import dev.outrider.proxy.xds.resource.DiscoveredHosts.Member;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// Reads a `route.v3.RouteConfiguration` that says where virtual hosts of it come from (`vhds`),
/// with those that have come.
public final class HostDiscoveryParser {

  private HostDiscoveryParser() {}

  /// Within this call, or in the background if a file has to be read.
  ///
  /// @param members that have come
  public static CompletionStage<Parsed<RoutesResource>> parse(
      RouteConfiguration message,
      SortedMap<String, Member> members,
      Scope scope,
      Executor background) {
    var target =
        ConfigSources.hosts(
            message.getName(),
            message.getVhds().getConfigSource(),
            scope.field("vhds").field("config_source"));
    var hosts = new DiscoveredHosts(target, message, members);
    var whole = hosts.merged();
    return RouteParser.parseGrowing(whole, scope, background)
        .thenApply(
            read -> {
              scope.problems().addAll(read.problems());
              var mustExist = RouteParser.mustExist(message, read.table(), false);
              return scope.result(new RoutesResource(read.table(), mustExist, hosts));
            });
  }
}
