package dev.outrider.proxy.config;

/// Who is asked for resources again and again by plain HTTP (Envoy core.v3.ApiConfigSource of type
/// REST).
///
/// @param cluster a static one that leads there
/// @param refreshMillis from an answer to the next request, and up to as much again at random
/// @param timeoutMillis for an answer
public record RestService(String cluster, long refreshMillis, long timeoutMillis)
    implements RemoteSource {
  /// Where the configuration does not say.
  public static final long DEFAULT_TIMEOUT_MILLIS = 1_000;

  @Override
  public String called() {
    return "cluster '" + cluster + "'";
  }
}
