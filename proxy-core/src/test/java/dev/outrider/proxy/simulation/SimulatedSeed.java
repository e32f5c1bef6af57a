package dev.outrider.proxy.simulation;

import java.util.function.LongConsumer;

/// Runs one seed; what it finds is an [AssertionError] that names it. Public, since
/// [PlantedClasses] makes one in a class loader of its own.
public final class SimulatedSeed implements LongConsumer {
  private static final int STEPS = 250;

  @Override
  public void accept(long seed) {
    run(seed);
  }

  static Simulation run(long seed) {
    var simulation = new Simulation(seed);
    try (var errors = new ErrorLog()) {
      try {
        simulation.run(STEPS);
        errors.assertNone();
      } catch (AssertionError | RuntimeException failure) {
        var message = "seed " + seed + ": " + failure.getMessage() + errors;
        throw new AssertionError(message, failure);
      }
    }
    return simulation;
  }
}
