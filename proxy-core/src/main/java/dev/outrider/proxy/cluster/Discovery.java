package dev.outrider.proxy.cluster;

/// Where the endpoints of a cluster come from.
public sealed interface Discovery {

  /// They stand in the cluster itself.
  record Static(Assignment assignment) implements Discovery {}

  /// They come over EDS.
  ///
  /// @param serviceName the name to ask for: `service_name`, or the cluster's own name where that
  ///   is empty
  record Eds(String serviceName) implements Discovery {}
}
