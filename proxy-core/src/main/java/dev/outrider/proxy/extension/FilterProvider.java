package dev.outrider.proxy.extension;

import dev.outrider.proxy.filter.HttpFilterFactory;

/// Makes HTTP filters from their typed configuration.
public interface FilterProvider extends ExtensionProvider<HttpFilterFactory> {}
