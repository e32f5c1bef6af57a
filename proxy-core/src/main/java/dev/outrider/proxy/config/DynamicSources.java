package dev.outrider.proxy.config;

import org.jspecify.annotations.Nullable;

/// Resources that may change (Envoy `Bootstrap.DynamicResources`).
///
/// @param controlPlane who is asked over one aggregated stream; absent = nobody
/// @param clusters where they come from; absent = clusters are not dynamic
/// @param listeners where they come from; absent = listeners are not dynamic
public record DynamicSources(
    @Nullable DiscoveryService controlPlane,
    @Nullable Source clusters,
    @Nullable Source listeners) {

  /// Whether anybody is asked who wants to know the node.
  public boolean callsService() {
    return controlPlane != null
        || (clusters != null && clusters.from() instanceof RemoteSource)
        || (listeners != null && listeners.from() instanceof RemoteSource);
  }

  /// Where resources of a kind come from.
  ///
  /// @param from null = from the control plane
  /// @param timeout for the first answer
  public record Source(@Nullable ResourceSource from, FetchTimeout timeout) {}

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
