package dev.outrider.proxy.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What sockets of connections to a cluster are bound to and set to (Envoy core.v3.BindConfig,
/// cluster.v3.UpstreamConnectionOptions).
///
/// @param sources in the order of the configuration; empty = not bound
/// @param settings of sockets that are not bound
public record UpstreamSockets(List<Source> sources, List<SocketSetting> settings) {
  public static final UpstreamSockets DEFAULT = new UpstreamSockets(List.of(), List.of());

  public UpstreamSockets {
    sources = List.copyOf(sources);
    settings = List.copyOf(settings);
  }

  /// An address to bind to, and the settings of sockets that are bound to it.
  public record Source(HostPort address, List<SocketSetting> settings) {
    public Source {
      settings = List.copyOf(settings);
    }
  }

  /// Whose family is that of the endpoint, else the first; null if there is none, or if the
  /// endpoint is a pipe.
  public @Nullable Source towards(HostPort endpoint) {
    if (sources.isEmpty() || endpoint.isPipe()) {
      return null;
    }
    for (var source : sources) {
      if (source.address.ip().v6() == endpoint.ip().v6()) {
        return source;
      }
    }
    return sources.getFirst();
  }

  /// Of a socket to that endpoint.
  public List<SocketSetting> settings(HostPort endpoint) {
    var source = towards(endpoint);
    return endpoint.isPipe() ? List.of() : source == null ? settings : source.settings;
  }
}
