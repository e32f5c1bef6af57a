package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.Resource.ExtensionResource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.Resource.SecretResource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every accepted version of every resource at one moment, for `/config_dump`.
///
/// @param secrets that are asked for; without a version as long as none has come
public record HeldResources(
    List<Held<ClusterResource>> clusters,
    List<Held<ClusterResource>> warmingClusters,
    List<Held<ListenerResource>> listeners,
    List<Held<ListenerResource>> warmingListeners,
    List<Held<RoutesResource>> routes,
    List<Held<EndpointsResource>> endpoints,
    List<Held<ExtensionResource>> extensions,
    List<HeldScopes> scopes,
    List<Secret> staticSecrets,
    Map<ResourceKey, @Nullable Held<SecretResource>> secrets) {}
