package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Outrider against a real Envoy: a test for each scenario and concurrency. Without an Envoy it is
/// skipped; `-Doutrider.differential=part` runs the scenarios whose name contains `part`.
class DifferentialIT {
  /// What `mvn verify` runs; `.ci/run` runs everything.
  private static final String QUICK = "http1/ordinary";

  @TestFactory
  List<DynamicTest> doesAsEnvoyDoes() throws IOException {
    var commands = Commands.found();
    assumeTrue(
        commands.isPresent(),
        "no Envoy at " + Commands.envoyBinary() + " to compare with; .ci/prepare fetches one");
    var scenarios =
        new ScenarioReader(Suite.SCENARIOS).all(System.getProperty("outrider.differential", QUICK));
    var outcome = new Suite(commands.get(), Files.createDirectories(Suite.FOLDER)).run(scenarios);
    System.out.print(outcome.report().text());
    var tests = new ArrayList<DynamicTest>();
    for (var result : outcome.report().results()) {
      tests.add(
          DynamicTest.dynamicTest(
              result.name(), () -> assertThat(Report.failures(result)).isEmpty()));
    }
    tests.add(
        DynamicTest.dynamicTest(
            "Outrider's log has no exception and no leak",
            () -> assertThat(outcome.complaints()).isEmpty()));
    return tests;
  }
}
