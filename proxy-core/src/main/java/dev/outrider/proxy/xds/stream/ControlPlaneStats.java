package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// `control_plane.*`: the state of one conversation with a control plane, under the prefix of each
/// subscription that is made over it, as in Envoy. Written on the main loop.
public final class ControlPlaneStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();
  private static final int CONNECTED = STATS.gauge("connected_state");
  private static final int PENDING = STATS.gauge("pending_requests");
  private static final int LIMITED = STATS.counter("rate_limit_enforced");
  private static final StatTemplate TEMPLATE = STATS.template();
  private static final String IDENTIFIER = ".identifier";

  private final MetricRegistry registry;
  private final Supplier<String> text = this::name;
  private final Map<String, StatOwner> shown = new LinkedHashMap<>();
  private int connected;
  private int pending;
  private volatile String identifier = "";

  /// Shown nowhere yet.
  public ControlPlaneStats(MetricRegistry registry) {
    this.registry = registry;
  }

  /// @param prefix of a subscription; empty = of the aggregated conversation
  public ControlPlaneStats(MetricRegistry registry, String prefix) {
    this(registry);
    showAt(prefix);
  }

  /// A subscription is made over it.
  public void showAt(String prefix) {
    var start = start(prefix);
    if (!shown.containsKey(start)) {
      var owner = registry.owner(TEMPLATE, start);
      owner.set(CONNECTED, connected);
      owner.set(PENDING, pending);
      registry.text(start + IDENTIFIER, text);
      shown.put(start, owner);
    }
  }

  /// It is not any more.
  public void hideAt(String prefix) {
    var owner = shown.remove(start(prefix));
    if (owner != null) {
      release(owner);
    }
  }

  /// The conversation is over.
  public void hide() {
    shown.values().forEach(this::release);
    shown.clear();
  }

  private void release(StatOwner owner) {
    registry.removeText(owner.prefix() + IDENTIFIER, text);
    owner.release();
  }

  private static String start(String prefix) {
    return prefix.isEmpty() ? "control_plane" : prefix + ".control_plane";
  }

  private String name() {
    return identifier;
  }

  /// How many requests wait for their turn.
  void pending(int requests) {
    pending = requests;
    shown.values().forEach(owner -> owner.set(PENDING, requests));
  }

  /// A request has to wait.
  void limited() {
    shown.values().forEach(owner -> owner.add(LIMITED, 1));
  }

  /// @param entry which server; 0 = none
  void connected(int entry) {
    connected = entry;
    shown.values().forEach(owner -> owner.set(CONNECTED, entry));
  }

  /// The name that the control plane gives itself.
  void identifier(String name) {
    identifier = name;
  }
}
