package dev.outrider.proxy.config;

/// A service that is asked for resources. It wants to know the node.
public sealed interface RemoteSource extends ResourceSource permits DiscoveryService, RestService {

  /// How a person calls it.
  String called();
}
