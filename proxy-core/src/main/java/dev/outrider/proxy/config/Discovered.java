package dev.outrider.proxy.config;

import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;

/// What came as the configuration of filters that name it (Envoy `core.v3.TypedExtensionConfig`).
public sealed interface Discovered {

  /// Of HTTP filters.
  record Http(HttpFilterFactory factory) implements Discovered {}

  /// Of network filters.
  record Network(NetworkFilterFactory factory) implements Discovered {}

  /// Of listener filters.
  record Listener(ListenerFilter filter) implements Discovered {}
}
