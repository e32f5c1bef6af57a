package dev.outrider.proxy.overload;

import java.util.List;

/// Which resources are watched and what their pressure does (Envoy `overload.v3.OverloadManager`).
/// A pressure is a share: 0 = nothing is used, 1 = all. Immutable.
///
/// @param refreshMillis how often one looks, more than zero
public record OverloadSpec(long refreshMillis, List<Resource> resources, List<Action> actions) {
  public static final long DEFAULT_REFRESH_MILLIS = 1_000;

  /// Nothing is watched.
  public static final OverloadSpec NONE =
      new OverloadSpec(DEFAULT_REFRESH_MILLIS, List.of(), List.of());

  public OverloadSpec {
    resources = List.copyOf(resources);
    actions = List.copyOf(actions);
  }

  /// What may become short, by a name of its own.
  public sealed interface Resource {
    String name();

    /// The JVM's heap: what is in use, garbage included, of so many bytes (Envoy `fixed_heap`).
    record Heap(String name, long mostBytes) implements Resource {}

    /// A pressure that stands in a file, for tests (Envoy `injected_resource`).
    record File(String name, String path) implements Resource {}
  }

  /// Takes the highest value of its triggers.
  public record Action(OverloadAction kind, List<Trigger> triggers) {
    public Action {
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
