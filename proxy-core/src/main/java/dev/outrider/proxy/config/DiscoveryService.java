package dev.outrider.proxy.config;

import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.Protocol;

/// Who brings resources over gRPC: a control plane, or a node agent that hands out secrets (Envoy
/// core.v3.ApiConfigSource).
///
/// @param protocol how it is talked to
/// @param cluster a static one that leads there
/// @param nodeOnFirstMessageOnly else every request of a stream carries the node
public record DiscoveryService(
    Protocol protocol, String cluster, boolean nodeOnFirstMessageOnly, BackOff backOff)
    implements ResourceSource {}
