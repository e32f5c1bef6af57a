package dev.outrider.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.demo.Demo;
import dev.outrider.proxy.demo.Sabotage;
import dev.outrider.proxy.server.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The tour agrees with a demo that works, and sees each way in which one does not.
class TourIT {
  private static final Path FILTERS =
      Path.of("..", "filters-examples").toAbsolutePath().normalize();

  @Test
  void agreesWithADemoThatWorks() {
    var tour = tour(Sabotage.NONE);

    assertThat(tour.output).doesNotContain("DISAGREES").contains("requests lost under the pushes");
    assertThat(tour.status).isEqualTo(Main.OK);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PASS_THROUGH_FILTER | burst over the limit",
        "SWALLOWED_PUSH | push: all ordinary requests to v2",
        "DROPPED_RESPONSE | requests lost under the pushes",
      })
  void namesTheRowThatDisagrees(Sabotage sabotage, String row) {
    var tour = tour(sabotage);

    assertThat(tour.output).contains("DISAGREES: " + row + System.lineSeparator());
    assertThat(tour.status).isEqualTo(Main.FAILED);
  }

  private record Toured(int status, String output) {}

  private static Toured tour(Sabotage sabotage) {
    var output = new ByteArrayOutputStream();
    var spec = new Demo.Spec(FILTERS, TestServer.COMPILED_MODULES, 0, 2);
    try (var demo = Demo.start(spec, sabotage)) {
      int status = DemoCommand.tour(demo, new PrintStream(output, true, UTF_8));
      return new Toured(status, output.toString(UTF_8));
    }
  }
}
