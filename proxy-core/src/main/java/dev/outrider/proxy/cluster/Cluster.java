package dev.outrider.proxy.cluster;

import dev.outrider.proxy.tls.ClientTls;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A named group of endpoints and how to talk to them (Envoy cluster.v3.Cluster).
///
/// @param name of the cluster, by which routes know it
/// @param statName the name in statistics: `alt_stat_name`, or `name` where that is empty
/// @param addedViaApi true if it came over xDS
/// @param tls what its connections are secured with; null = plain text
/// @param proxy with which its connections begin; null = with nothing
/// @param socketMatches for endpoints that ask for something else than `tls` and `proxy`; see
///   [EndpointAccess]
public record Cluster(
    String name,
    String statName,
    Discovery discovery,
    LoadBalancing loadBalancing,
    ConnectionOptions connections,
    CircuitBreakers breakers,
    UpstreamHttpOptions http,
    boolean addedViaApi,
    Metadata metadata,
    @Nullable ClientTls tls,
    @Nullable ProxyHeaderSpec proxy,
    List<SocketMatch> socketMatches) {

  public Cluster {
    socketMatches = List.copyOf(socketMatches);
  }

  /// What connections to an endpoint are secured with; null = plain text.
  public @Nullable ClientTls tlsTo(EndpointAccess access) {
    return access.socketMatch() == EndpointAccess.DEFAULT_SOCKET
        ? tls
        : socketMatches.get(access.socketMatch()).tls();
  }

  /// With which connections to an endpoint begin; null = with nothing.
  public @Nullable ProxyHeaderSpec proxyTo(EndpointAccess access) {
    return access.socketMatch() == EndpointAccess.DEFAULT_SOCKET
        ? proxy
        : socketMatches.get(access.socketMatch()).proxy();
  }

  /// All that any of its connections begins with, in the order of the transport sockets.
  public List<Optional<ProxyHeaderSpec>> proxyHeaders() {
    return Stream.concat(
            Stream.of(Optional.ofNullable(proxy)),
            socketMatches.stream().map(match -> Optional.ofNullable(match.proxy())))
        .toList();
  }

  /// Whether any of its connections begins with a PROXY header.
  public boolean proxies() {
    for (var match : socketMatches) {
      if (match.proxy() != null) {
        return true;
      }
    }
    return proxy != null;
  }

  /// Where a request goes that names a host of it without a port.
  public int defaultPort() {
    return tls == null ? 80 : 443;
  }

  /// Everything that any of its connections is secured with.
  public List<ClientTls> tlsEnds() {
    if (socketMatches.isEmpty()) {
      return tls == null ? List.of() : List.of(tls);
    }
    return Stream.concat(
            Stream.ofNullable(tls),
            socketMatches.stream().flatMap(match -> Stream.ofNullable(match.tls())))
        .toList();
  }

  /// With Envoy's defaults.
  public static Cluster withDefaults(String name, Discovery discovery) {
    return builder(name, discovery).build();
  }

  /// Begins with Envoy's defaults.
  public static Builder builder(String name, Discovery discovery) {
    return new Builder(name, discovery);
  }

  /// Begins with what this one says.
  public Builder toBuilder() {
    var builder = new Builder(name, discovery);
    builder.statName = statName;
    builder.loadBalancing = loadBalancing;
    builder.connections = connections;
    builder.breakers = breakers;
    builder.http = http;
    builder.addedViaApi = addedViaApi;
    builder.metadata = metadata;
    builder.tls = tls;
    builder.proxy = proxy;
    builder.socketMatches = socketMatches;
    return builder;
  }

  /// Says what is not as usual.
  public static final class Builder {
    private final String name;
    private final Discovery discovery;
    private String statName;
    private LoadBalancing loadBalancing = LoadBalancing.DEFAULT;
    private ConnectionOptions connections = ConnectionOptions.DEFAULT;
    private CircuitBreakers breakers = CircuitBreakers.DEFAULT;
    private UpstreamHttpOptions http = UpstreamHttpOptions.DEFAULT;
    private boolean addedViaApi;
    private Metadata metadata = Metadata.NONE;
    private @Nullable ClientTls tls;
    private @Nullable ProxyHeaderSpec proxy;
    private List<SocketMatch> socketMatches = List.of();

    private Builder(String name, Discovery discovery) {
      this.name = name;
      this.discovery = discovery;
      this.statName = name;
    }

    public Builder statName(String value) {
      statName = value;
      return this;
    }

    public Builder loadBalancing(LoadBalancing value) {
      loadBalancing = value;
      return this;
    }

    public Builder connections(ConnectionOptions value) {
      connections = value;
      return this;
    }

    public Builder breakers(CircuitBreakers value) {
      breakers = value;
      return this;
    }

    public Builder http(UpstreamHttpOptions value) {
      http = value;
      return this;
    }

    public Builder addedViaApi(boolean value) {
      addedViaApi = value;
      return this;
    }

    public Builder metadata(Metadata value) {
      metadata = value;
      return this;
    }

    public Builder tls(@Nullable ClientTls value) {
      tls = value;
      return this;
    }

    public Builder proxy(@Nullable ProxyHeaderSpec value) {
      proxy = value;
      return this;
    }

    public Builder socketMatches(List<SocketMatch> value) {
      socketMatches = value;
      return this;
    }

    public Cluster build() {
      return new Cluster(
          name,
          statName,
          discovery,
          loadBalancing,
          connections,
          breakers,
          http,
          addedViaApi,
          metadata,
          tls,
          proxy,
          socketMatches);
    }
  }
}
