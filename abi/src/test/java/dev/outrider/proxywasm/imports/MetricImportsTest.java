package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

class MetricImportsTest {
  private static final int COUNTER = 4;
  private static final int GAUGE = 5;
  private static final int HISTOGRAM = 6;

  /// Has defined the first counter, gauge and histogram: ids 4, 5, 6.
  private static GuestHarness start(String body) {
    var wasm =
        Wat.guest()
            .data(1000, "hits")
            .data(1010, "open")
            .data(1020, "took")
            .on(
                "proxy_on_vm_start",
                "ii:i",
                report("proxy_define_metric", 0, 1000, 4, 100)
                    + reportAt(100)
                    + report("proxy_define_metric", 1, 1010, 4, 100)
                    + reportAt(100)
                    + report("proxy_define_metric", 2, 1020, 4, 100)
                    + reportAt(100)
                    + "(i32.const 1)")
            .onConfigure(body);
    return GuestHarness.start(wasm.wasm(), "");
  }

  private static Iterable<String> answers(GuestHarness guest) {
    var texts = guest.log().texts();
    assertThat(texts.subList(0, 6)).containsExactly("0", "4", "0", "5", "0", "6");
    return texts.subList(6, texts.size());
  }

  @Test
  void countsUpOnly() {
    var body =
        report("proxy_increment_metric", COUNTER, 3)
            + report("proxy_record_metric", COUNTER, 4)
            + report("proxy_increment_metric", COUNTER, 0)
            + report("proxy_increment_metric", COUNTER, -1)
            + report("proxy_get_metric", COUNTER, 200)
            + reportAt(200);

    try (var guest = start(body)) {
      assertThat(answers(guest)).containsExactly("0", "0", "2", "2", "0", "7");
      assertThat(guest.metrics().value("hits")).isEqualTo(7);
    }
  }

  @Test
  void movesAGaugeBothWays() {
    var body =
        report("proxy_record_metric", GAUGE, 10)
            + report("proxy_increment_metric", GAUGE, -4)
            + report("proxy_get_metric", GAUGE, 200)
            + reportAt(200);

    try (var guest = start(body)) {
      assertThat(answers(guest)).containsExactly("0", "0", "0", "6");
      assertThat(guest.metrics().value("open")).isEqualTo(6);
    }
  }

  @Test
  void recordsAHistogram() {
    var body =
        report("proxy_record_metric", HISTOGRAM, 12)
            + report("proxy_increment_metric", HISTOGRAM, 1)
            + report("proxy_get_metric", HISTOGRAM, 200);

    try (var guest = start(body)) {
      assertThat(answers(guest)).containsExactly("0", "2", "2");
      assertThat(guest.metrics().recorded("took")).containsExactly(12L);
    }
  }

  @Test
  void givesANewNumberForTheSameName() {
    var body =
        report("proxy_define_metric", 0, 1000, 4, 100)
            + reportAt(100)
            + report("proxy_increment_metric", 8, 1)
            + report("proxy_increment_metric", COUNTER, 1);

    try (var guest = start(body)) {
      assertThat(answers(guest)).containsExactly("0", "8", "0", "0");
      assertThat(guest.metrics().value("hits")).isEqualTo(2);
    }
  }

  @Test
  void answersNotFoundForUnknownNumbers() {
    var body =
        report("proxy_increment_metric", 0, 1)
            + report("proxy_record_metric", 8, 1)
            + report("proxy_get_metric", 7, 200)
            + report("proxy_get_metric", -4, 200);

    try (var guest = start(body)) {
      assertThat(answers(guest)).containsExactly("1", "1", "1", "1");
    }
  }

  @Test
  void answersBadArgumentForUnknownKindsAndInvalidMemoryForBadPointers() {
    var body =
        report("proxy_define_metric", 3, -1, 4, 100)
            + report("proxy_define_metric", 0, -1, 4, 100)
            + report("proxy_define_metric", 0, 1000, 4, 131_070)
            + report("proxy_get_metric", COUNTER, 131_070);

    try (var guest = start(body)) {
      assertThat(answers(guest)).containsExactly("2", "6", "6", "6");
      assertThat(guest.metrics().names()).containsExactlyInAnyOrder("hits", "open", "took");
    }
  }
}
