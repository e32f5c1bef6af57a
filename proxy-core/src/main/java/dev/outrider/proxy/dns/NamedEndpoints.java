package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.Assignment;

/// Endpoints of one version of a cluster that are found by name. Main loop only.
public interface NamedEndpoints {

  /// What is known now.
  Assignment current();

  /// Whether the cluster has waited long enough.
  boolean answered();

  /// Nothing more is told.
  void close();
}
