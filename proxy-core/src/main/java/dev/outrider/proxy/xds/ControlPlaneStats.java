package dev.outrider.proxy.xds;

import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;

/// `control_plane.*`: the state of the aggregated stream. Written on the main loop.
public final class ControlPlaneStats {
  private final Gauge connected;
  private volatile String identifier = "";

  public ControlPlaneStats(MetricRegistry registry) {
    connected = registry.gauge("control_plane.connected_state");
    connected.set(0);
    registry.gauge("control_plane.pending_requests").set(0);
    registry.counter("control_plane.rate_limit_enforced");
    registry.text("control_plane.identifier", () -> identifier);
  }

  void connected(boolean now) {
    connected.set(now ? 1 : 0);
  }

  /// The name that the control plane gives itself.
  void identifier(String name) {
    identifier = name;
  }
}
