package dev.outrider.proxy.extension;

import dev.outrider.proxy.filter.network.NetworkFilterFactory;

/// Makes network filters from their typed configuration.
public interface NetworkFilterProvider extends ExtensionProvider<NetworkFilterFactory> {}
