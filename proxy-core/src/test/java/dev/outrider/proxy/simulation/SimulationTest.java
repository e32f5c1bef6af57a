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
///
/// More of them: `-Doutrider.simulation.seeds=100000 -Doutrider.simulation.from=2000`.
class SimulationTest {
  private static final long SEEDS = Long.getLong("outrider.simulation.seeds", 2_000);
  private static final long FROM = Long.getLong("outrider.simulation.from", 0);
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
    var tunnels = 0L;
    for (var seed = FROM; seed < FROM + SEEDS; seed++) {
      var simulation = SimulatedSeed.run(seed);
      answers += simulation.answers();
      streams += simulation.logged();
      tunnels += simulation.tunnels();
    }
    assertThat(answers).as("the simulation must do something").isGreaterThan(SEEDS * 5L);
    assertThat(tunnels).as("tunnels complete in both directions").isGreaterThan(SEEDS * 3L);
    assertThat(streams).isGreaterThanOrEqualTo(answers);
    assertThat(SimGuest.failures()).as("guests must have trapped").isGreaterThan(SEEDS / 4);
  }

  @ParameterizedTest
  @ValueSource(longs = {12, 921, 3934, 17095, 17457, 37037, 69808, 81917, 85088})
  void seedsThatFailedOnce(long seed) {
    SimulatedSeed.run(seed);
  }
}
