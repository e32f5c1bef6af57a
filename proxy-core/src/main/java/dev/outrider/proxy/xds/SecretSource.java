package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.Protocol;

/// Where a secret comes from, if not from the control plane that everything else comes from.
sealed interface SecretSource permits FileSource, SecretSource.Service {

  /// A service of secrets (Envoy `SecretDiscoveryService`), as a node agent offers it.
  ///
  /// @param cluster a static one
  record Service(Protocol protocol, String cluster, boolean nodeOnFirstMessageOnly, BackOff backOff)
      implements SecretSource {}
}
