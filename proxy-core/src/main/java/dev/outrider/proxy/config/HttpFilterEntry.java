package dev.outrider.proxy.config;

import dev.outrider.proxy.filter.HttpFilterFactory;

/// One filter of a chain (Envoy `HttpFilter`). Disabled filters are not in the chain.
///
/// @param name as configured
/// @param factory compared by identity: an unchanged filter keeps its factory and its VMs
/// @param typedConfig what the factory was made from
public record HttpFilterEntry(String name, HttpFilterFactory factory, EncodedMessage typedConfig) {}
