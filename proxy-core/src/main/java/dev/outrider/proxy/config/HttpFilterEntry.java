package dev.outrider.proxy.config;

import dev.outrider.proxy.filter.HttpFilterFactory;

/// One filter of a chain (Envoy `HttpFilter`).
///
/// @param name as configured; by it a route turns the filter on or off
/// @param factory compared by identity: an unchanged filter keeps its factory and its VMs
/// @param typedConfig what the factory was made from
/// @param disabled off unless a route turns it on
public record HttpFilterEntry(
    String name, HttpFilterFactory factory, EncodedMessage typedConfig, boolean disabled) {

  /// One that is on.
  public HttpFilterEntry(String name, HttpFilterFactory factory, EncodedMessage typedConfig) {
    this(name, factory, typedConfig, false);
  }
}
