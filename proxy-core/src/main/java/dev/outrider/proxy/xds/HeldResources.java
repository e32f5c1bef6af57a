package dev.outrider.proxy.xds;

import dev.outrider.proxy.xds.Resource.ClusterResource;
import dev.outrider.proxy.xds.Resource.EndpointsResource;
import dev.outrider.proxy.xds.Resource.ListenerResource;
import dev.outrider.proxy.xds.Resource.RoutesResource;
import java.util.List;

/// Every accepted version of every resource at one moment, for `/config_dump`.
public record HeldResources(
    List<Held<ClusterResource>> clusters,
    List<Held<ClusterResource>> warmingClusters,
    List<Held<ListenerResource>> listeners,
    List<Held<ListenerResource>> warmingListeners,
    List<Held<RoutesResource>> routes,
    List<Held<EndpointsResource>> endpoints) {}
