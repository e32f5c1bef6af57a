package dev.outrider.proxy.config;

import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who brings resources over gRPC: a control plane, or a node agent that hands out secrets (Envoy
/// core.v3.ApiConfigSource).
///
/// @param protocol how it is talked to
/// @param server who is asked
/// @param failover who is asked if the first does not answer; null = nobody
/// @param nodeOnFirstMessageOnly else every request of a stream carries the node
/// @param rate how often something may be asked; null = as often as there is something to say
public record DiscoveryService(
    Protocol protocol,
    GrpcServer server,
    @Nullable GrpcServer failover,
    boolean nodeOnFirstMessageOnly,
    @Nullable RequestRate rate)
    implements RemoteSource {

  /// Called like any other, without limit.
  public DiscoveryService(
      Protocol protocol, String cluster, boolean nodeOnFirstMessageOnly, BackOff backOff) {
    this(
        protocol,
        new GrpcServer(new GrpcAddress.OfCluster(cluster), backOff, Call.PLAIN),
        null,
        nodeOnFirstMessageOnly,
        null);
  }

  @Override
  public String called() {
    return server.target().called();
  }

  /// Whoever may be asked.
  public List<GrpcServer> servers() {
    return failover == null ? List.of(server) : List.of(server, failover);
  }

  /// How a stream is called.
  ///
  /// @param authority empty = the name of the cluster
  /// @param maxMessageBytes a longer response ends the stream
  public record Call(String authority, int maxMessageBytes, List<Metadata> metadata) {
    /// More than any control plane sends at once; gRPC's own default of 4 MiB is less than a large
    /// CDS answer.
    public static final int DEFAULT_MAX_BYTES = 256 << 20;

    public static final Call PLAIN = new Call("", DEFAULT_MAX_BYTES, List.of());

    public Call {
      metadata = List.copyOf(metadata);
    }
  }

  /// A header of the call (Envoy core.v3.GrpcService.initial_metadata).
  ///
  /// @param name in lower case
  public record Metadata(String name, String value) {

    @Override
    public String toString() {
      return name; // the value may be a token
    }
  }

  /// A bucket of tokens, one for each request (Envoy core.v3.RateLimitSettings).
  ///
  /// @param burst how many requests may leave at once
  /// @param perSecond how many may follow, on average
  public record RequestRate(int burst, double perSecond) {
    public static final RequestRate DEFAULT = new RequestRate(100, 10);
  }
}
