package dev.outrider.proxy.overload;

import dev.outrider.proxy.overload.TimeoutScaling.Least;
import java.util.List;
import java.util.Map;

/// Which resources are watched and what their pressure does (Envoy `overload.v3.OverloadManager`).
/// A pressure is a share: 0 = nothing is used, 1 = all. Immutable.
///
/// @param refreshMillis how often one looks, more than zero
public record OverloadSpec(
    long refreshMillis, List<Resource> resources, List<Action> actions, List<Shedding> shedding) {
  public static final long DEFAULT_REFRESH_MILLIS = 1_000;

  /// Nothing is watched.
  public static final OverloadSpec NONE =
      new OverloadSpec(DEFAULT_REFRESH_MILLIS, List.of(), List.of(), List.of());

  public OverloadSpec {
    resources = List.copyOf(resources);
    actions = List.copyOf(actions);
    shedding = List.copyOf(shedding);
  }

  /// What may become short, by a name of its own.
  public sealed interface Resource {
    String name();

    /// The JVM's heap: what is in use, garbage included, of so many bytes (Envoy `fixed_heap`).
    record Heap(String name, long mostBytes) implements Resource {}

    /// A pressure that stands in a file, for tests (Envoy `injected_resource`).
    record File(String name, String path) implements Resource {}

    /// The processors (Envoy `cpu_utilization`).
    ///
    /// @param container what the control group may use, and not the machine
    record Cpu(String name, boolean container) implements Resource {}

    /// The memory of the control group (Envoy `cgroup_memory`).
    ///
    /// @param mostBytes if that is less than the group may have; 0 = what the group may have
    record CgroupMemory(String name, long mostBytes) implements Resource {}
  }

  /// Takes the highest value of its triggers.
  ///
  /// @param leasts what each timeout is shortened to; only of the action that does so
  public record Action(
      OverloadAction kind, List<Trigger> triggers, Map<ScaledTimeout, Least> leasts) {
    public Action {
      triggers = List.copyOf(triggers);
      leasts = Map.copyOf(leasts);
    }

    /// One that leaves timeouts alone.
    public Action(OverloadAction kind, List<Trigger> triggers) {
      this(kind, triggers, Map.of());
    }
  }

  /// Refuses the share that the highest of its triggers says.
  public record Shedding(LoadShedPoint point, List<Trigger> triggers) {
    public Shedding {
      triggers = List.copyOf(triggers);
    }
  }

  /// How much of an action the pressure of a resource asks for.
  public sealed interface Trigger {
    String resource();

    /// From 0 = nothing to 1 = all of it.
    double value(double pressure);

    record Threshold(String resource, double threshold) implements Trigger {
      @Override
      public double value(double pressure) {
        return pressure >= threshold ? 1 : 0;
      }
    }

    /// The nearer the pressure comes to saturation, the more.
    ///
    /// @param saturation more than `scaling`
    record Scaled(String resource, double scaling, double saturation) implements Trigger {
      @Override
      public double value(double pressure) {
        return Math.clamp((pressure - scaling) / (saturation - scaling), 0.0, 1.0);
      }
    }
  }
}
