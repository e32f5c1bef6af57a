package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.simulation.PlantedBug;
import dev.outrider.proxy.simulation.PlantedBug.Edit;
import dev.outrider.proxy.simulation.PlantedClasses;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/// Every buffer is tracked while all kinds of clients come and go: nothing may be lost, and nothing
/// may be left. The length is `-Doutrider.soak.seconds`.
class SoakIT {
  private static final int SECONDS = Integer.getInteger("outrider.soak.seconds", 6);

  @Test
  void nothingIsLostAndNothingIsLeft(TestReporter reporter) {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    var soak = new Soak();

    soak.accept(SECONDS);

    reporter.publishEntry("soak", soak.toString());
  }

  @Test
  void findsConnectionsThatAreHeldAfterTheirEnd() {
    var bug =
        new PlantedBug(
            "a listener does not forget connections that have ended",
            "downstream.ServedChain",
            "closed",
            new Edit.Skip("Set", "remove"),
            "dev.outrider.proxy.stream.ConnectionInfo: ");
    var soak = new PlantedClasses(bug).make(Soak.class);

    assertThatThrownBy(() -> soak.accept(6))
        .isInstanceOf(AssertionError.class)
        .message()
        .containsPattern(bug.says());
  }
}
