package dev.outrider.proxy.routing;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How long a forwarded request may take.
///
/// @param total from the end of the request to the end of the response; zero = any time
/// @param idle without any byte either way; zero = any time, null = what the listener says
public record RouteTimeouts(Duration total, @Nullable Duration idle) {
  /// Envoy's.
  public static final RouteTimeouts DEFAULT = new RouteTimeouts(Duration.ofSeconds(15), null);
}
