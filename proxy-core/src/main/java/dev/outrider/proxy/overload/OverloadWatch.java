package dev.outrider.proxy.overload;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.Histogram;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.overload.OverloadSpec.Action;
import dev.outrider.proxy.overload.OverloadSpec.Resource;
import dev.outrider.proxy.overload.OverloadSpec.Shedding;
import dev.outrider.proxy.overload.OverloadSpec.Trigger;
import dev.outrider.proxy.overload.OverloadState.Shed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks again and again how much of each resource is used, and publishes what that forbids
/// whenever it changes. Main loop only.
public final class OverloadWatch {
  private static final Logger LOG = LoggerFactory.getLogger("main");

  private final Loop loop;
  private final long refreshMillis;
  private final Pressures pressures;
  private final Consumer<OverloadState> publisher;
  private final Map<String, Watched> resources = new LinkedHashMap<>();
  private final List<Acting> actions;
  private final List<Shedder> shedders = new ArrayList<>();
  private final Histogram delay;
  private long lookedNanos;
  private final Timer timer;
  private OverloadState published = OverloadState.NONE;

  /// Measures resources.
  public interface Pressures {
    /// Does not block. Completes on any thread: with 0 and more, 1 = nothing is left; or with the
    /// reason why nobody knows.
    CompletionStage<Double> of(Resource resource);
  }

  /// @param publisher gets each state that differs from the one before; the first is none
  public OverloadWatch(
      Loop loop,
      MetricRegistry registry,
      OverloadSpec spec,
      Pressures pressures,
      Consumer<OverloadState> publisher) {
    this.loop = loop;
    this.refreshMillis = spec.refreshMillis();
    this.pressures = pressures;
    this.publisher = publisher;
    for (var resource : spec.resources()) {
      resources.put(resource.name(), new Watched(resource, registry));
    }
    this.actions = spec.actions().stream().map(action -> new Acting(action, registry)).toList();
    for (var shedding : spec.shedding()) {
      shedders.add(new Shedder(shedding, registry));
    }
    this.delay = registry.histogram("overload.refresh_interval_delay");
    this.timer = loop.timers().newTimer(this::refresh);
  }

  public void start() {
    loop.assertOnLoop();
    if (!resources.isEmpty()) {
      lookedNanos = loop.clock().nanoTime();
      timer.arm(refreshMillis);
    }
  }

  private void refresh() {
    var now = loop.clock().nanoTime();
    delay.record((now - lookedNanos) / 1_000_000);
    lookedNanos = now;
    resources.values().forEach(Watched::look);
    timer.arm(refreshMillis);
  }

  private void decide() {
    var state = OverloadState.NONE;
    for (var action : actions) {
      var value = action.value();
      // In whole percent, since whatever differs has every connection move its timers.
      var scaled = Math.floor(value * 100) / 100;
      var scaling = new TimeoutScaling(scaled, scaled > 0 ? action.action.leasts() : Map.of());
      state = state.with(action.action.kind(), value, scaling);
    }
    for (var shedder : shedders) {
      var share = shedder.share();
      if (share > 0) {
        state = state.with(shedder.shedding.point(), new Shed(share, shedder.count));
      }
    }
    if (!state.equals(published)) {
      published = state;
      publisher.accept(state);
    }
  }

  private double highest(List<Trigger> triggers) {
    var most = 0.0;
    for (var trigger : triggers) {
      most = Math.max(most, trigger.value(pressure(trigger.resource())));
    }
    return most;
  }

  private double pressure(String resource) {
    var watched = resources.get(resource);
    return watched == null ? 0 : watched.pressure;
  }

  /// A resource with what is known of it.
  private final class Watched {
    private final Resource resource;
    private final Gauge percent;
    private final Counter failed;
    private final Counter skipped;
    private double pressure;
    private boolean asked;
    private boolean unknown;

    Watched(Resource resource, MetricRegistry registry) {
      this.resource = resource;
      var prefix = "overload." + resource.name();
      this.percent = registry.gauge(prefix + ".pressure");
      this.failed = registry.counter(prefix + ".failed_updates");
      this.skipped = registry.counter(prefix + ".skipped_updates");
    }

    void look() {
      if (asked) {
        skipped.add(1);
        return;
      }
      asked = true;
      pressures
          .of(resource)
          .whenComplete((found, failure) -> loop.execute(() -> answered(found, failure)));
    }

    private void answered(@Nullable Double found, @Nullable Throwable failure) {
      asked = false;
      if (found == null) {
        failed.add(1);
        if (!unknown) {
          LOG.warn(
              "pressure of resource '{}' is not known: {}; what was known last goes on to count",
              resource.name(),
              String.valueOf(
                  failure == null || failure.getCause() == null ? failure : failure.getCause()));
        }
        unknown = true;
        return;
      }
      unknown = false;
      pressure = found;
      percent.set((long) (found * 100));
      decide();
    }
  }

  /// A point with its statistics.
  private final class Shedder {
    private final Shedding shedding;
    private final Gauge percent;
    private final Counter count;

    Shedder(Shedding shedding, MetricRegistry registry) {
      this.shedding = shedding;
      var prefix = "overload." + shedding.point().envoyName();
      this.percent = registry.gauge(prefix + ".scale_percent");
      this.count = registry.counter(prefix + ".shed_load_count");
    }

    double share() {
      var share = highest(shedding.triggers());
      percent.set((long) (share * 100));
      return share;
    }
  }

  /// An action with its statistics.
  private final class Acting {
    private final Action action;
    private final Gauge active;
    private final Gauge percent;

    Acting(Action action, MetricRegistry registry) {
      this.action = action;
      var prefix = "overload." + action.kind().envoyName();
      this.active = registry.gauge(prefix + ".active");
      this.percent = registry.gauge(prefix + ".scale_percent");
    }

    double value() {
      var most = highest(action.triggers());
      active.set(most >= 1 ? 1 : 0);
      percent.set((long) (most * 100));
      return most;
    }
  }
}
