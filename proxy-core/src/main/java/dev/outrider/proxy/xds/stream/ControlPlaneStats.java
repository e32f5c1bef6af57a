package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;
import org.jspecify.annotations.Nullable;

/// `control_plane.*`: the state of the aggregated stream. Written on the main loop.
public final class ControlPlaneStats {
  /// Of a conversation that is not told about.
  public static final ControlPlaneStats NONE = new ControlPlaneStats();

  private final @Nullable Gauge connected;
  private volatile String identifier = "";

  private ControlPlaneStats() {
    connected = null;
  }

  public ControlPlaneStats(MetricRegistry registry) {
    var gauge = registry.gauge("control_plane.connected_state");
    gauge.set(0);
    connected = gauge;
    registry.gauge("control_plane.pending_requests").set(0);
    registry.counter("control_plane.rate_limit_enforced");
    registry.text("control_plane.identifier", () -> identifier);
  }

  void connected(boolean now) {
    if (connected != null) {
      connected.set(now ? 1 : 0);
    }
  }

  /// The name that the control plane gives itself.
  void identifier(String name) {
    if (connected != null) {
      identifier = name;
    }
  }
}
