package dev.outrider.proxy.config;

/// The admin listener (Envoy `bootstrap.v3.Admin`).
///
/// @param socket where it listens
/// @param profilePath file of a CPU profile; one of the heap is beside it
public record AdminConfig(ListenerSocket socket, String profilePath) {
  /// Envoy's.
  public static final String DEFAULT_PROFILE_PATH = "/var/log/envoy/envoy.prof";

  /// Without anything special.
  public AdminConfig(ListenerSocket socket) {
    this(socket, DEFAULT_PROFILE_PATH);
  }
}
