package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Whatever happens in whatever order: every stream ends once, nothing is left over, nobody gets
/// somebody else's bytes. A seed that fails is printed; it is then added to the list of
/// [#seedsThatFailedOnce].
class SimulationTest {
  private static final int SEEDS = 2_000;
  private static final int STEPS = 250;
  private static final Logger WASM_LOG = (Logger) LoggerFactory.getLogger("wasm");

  @BeforeAll
  static void doNotReportThousandsOfTraps() {
    WASM_LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void reportTrapsAgain() {
    WASM_LOG.setLevel(null);
  }

  @Test
  void everyStreamEndsOnceAndNothingIsLeftOver() {
    var answers = 0L;
    var streams = 0L;
    for (var seed = 0; seed < SEEDS; seed++) {
      var simulation = run(seed);
      answers += simulation.answers();
      streams += simulation.logged();
    }
    assertThat(answers).as("the simulation must do something").isGreaterThan(SEEDS * 5L);
    assertThat(streams).isGreaterThanOrEqualTo(answers);
    assertThat(SimGuest.failures()).as("guests must have trapped").isGreaterThan(SEEDS / 4);
  }

  @ParameterizedTest
  @ValueSource(longs = {0})
  void seedsThatFailedOnce(long seed) {
    run(seed);
  }

  private static Simulation run(long seed) {
    var simulation = new Simulation(seed);
    try {
      simulation.run(STEPS);
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
    }
    return simulation;
  }
}
