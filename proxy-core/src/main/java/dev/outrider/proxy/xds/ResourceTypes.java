package dev.outrider.proxy.xds;

import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.xds.resource.DiscoveredHosts.Member;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResourceType;
import dev.outrider.proxy.xds.secret.Secrets;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;

/// The resource types of this proxy. Main loop only.
public interface ResourceTypes {

  ResourceType<?> of(ResourceKind kind);

  /// Reads a route table with virtual hosts that came by themselves. Completed at once unless a
  /// file has to be read.
  ///
  /// @param message without them
  CompletionStage<Parsed<RoutesResource>> routes(
      ResourceKey key, RouteConfiguration message, SortedMap<String, Member> members);

  /// What listeners and clusters are secured with.
  Secrets secrets();

  /// Where names are kept that requests ask for.
  DnsCaches dnsCaches();
}
