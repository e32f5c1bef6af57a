package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;
import org.jspecify.annotations.Nullable;

/// `control_plane.*`: the state of the conversation with a control plane. Written on the main loop.
public final class ControlPlaneStats {
  /// Of a conversation that is not told about.
  public static final ControlPlaneStats NONE = new ControlPlaneStats();

  private final @Nullable Gauge connected;
  private final @Nullable Gauge pending;
  private final @Nullable Counter limited;
  private volatile String identifier = "";

  private ControlPlaneStats() {
    connected = null;
    pending = null;
    limited = null;
  }

  /// @param prefix of whose conversation it is; empty = of the aggregated one
  public ControlPlaneStats(MetricRegistry registry, String prefix) {
    var start = prefix.isEmpty() ? "control_plane." : prefix + ".control_plane.";
    var gauge = registry.gauge(start + "connected_state");
    gauge.set(0);
    connected = gauge;
    var requests = registry.gauge(start + "pending_requests");
    requests.set(0);
    pending = requests;
    limited = registry.counter(start + "rate_limit_enforced");
    registry.text(start + "identifier", () -> identifier);
  }

  /// How many requests wait for their turn.
  void pending(int requests) {
    if (pending != null) {
      pending.set(requests);
    }
  }

  /// A request has to wait.
  void limited() {
    if (limited != null) {
      limited.inc();
    }
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
