package dev.outrider.proxy.config;

import dev.outrider.proxy.filter.network.NetworkFilterFactory;

/// One network filter of a chain (Envoy `config.listener.v3.Filter`) that is not an HTTP connection
/// manager.
///
/// @param name as configured
/// @param factory compared by identity: an unchanged filter keeps its factory and its VMs
/// @param typedConfig what the factory was made from
public record NetworkFilterEntry(
    String name, NetworkFilterFactory factory, EncodedMessage typedConfig) {}
