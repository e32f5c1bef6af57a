package dev.outrider.proxy.config;

import org.jspecify.annotations.Nullable;

/// Resources that come from a control plane (Envoy `Bootstrap.DynamicResources`), all over one
/// aggregated stream.
///
/// @param protocol how the control plane is talked to
/// @param adsCluster static cluster whose first endpoint is the control plane
/// @param nodeOnFirstMessageOnly else every request of a stream carries the node
/// @param clusters how to wait for the first CDS answer; absent = clusters are not dynamic
/// @param listeners how to wait for the first LDS answer; absent = listeners are not dynamic
public record DynamicSources(
    Protocol protocol,
    String adsCluster,
    boolean nodeOnFirstMessageOnly,
    BackOff backOff,
    @Nullable FetchTimeout clusters,
    @Nullable FetchTimeout listeners) {

  /// What requests and responses say (Envoy `ApiConfigSource.api_type`).
  public enum Protocol {
    /// All that there is.
    STATE_OF_THE_WORLD,
    /// What changed.
    DELTA
  }

  /// How long the start of the process waits for a first answer.
  ///
  /// @param millis 0 = for ever; default 15,000
  public record FetchTimeout(long millis) {
    public static final FetchTimeout DEFAULT = new FetchTimeout(15_000);
  }

  /// Pause before a lost stream is opened again: uniformly random below a bound that doubles from
  /// `baseMillis` to `maxMillis` and starts again with the first message received.
  public record BackOff(long baseMillis, long maxMillis) {
    public static final BackOff DEFAULT = new BackOff(500, 30_000);
  }
}
