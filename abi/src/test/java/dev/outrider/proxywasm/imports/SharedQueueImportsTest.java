package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

class SharedQueueImportsTest {
  private static final String REGISTER =
      report("proxy_register_shared_queue", 1000, 5, 100) + reportAt(100);
  private static final String DEQUEUE = report("proxy_dequeue_shared_queue", 1, 104, 108);

  private static Wat guest() {
    return Wat.guest().data(1000, "queue").data(1100, "item");
  }

  @Test
  void movesAnItemFromOneVmToTheOther() {
    var services = new TestServices();
    var consumer =
        GuestHarness.load(
            guest()
                .onConfigure(REGISTER)
                .on(
                    "proxy_on_queue_ready",
                    "ii:",
                    "(call $report (local.get 1))" + DEQUEUE + show(104, 108) + DEQUEUE)
                .wasm());
    var producer =
        GuestHarness.load(
            guest()
                .onConfigure(
                    report("proxy_resolve_shared_queue", 0, 0, 1000, 5, 100)
                        + reportAt(100)
                        + report("proxy_enqueue_shared_queue", 1, 1100, 4))
                .wasm());

    try (var reader = GuestHarness.start(consumer, "", services);
        var _ = GuestHarness.start(producer, "", services)) {
      assertThat(reader.host().queuesReady()).containsExactly(1);

      reader.plugin().onQueueReady(1);

      assertThat(services.log().texts())
          .as("registered, resolved, enqueued; then the item, then EMPTY")
          .containsExactly("0", "1", "0", "1", "0", "1", "0", "item", "7");
    }
  }

  @Test
  void registersTheSameQueueOnce() {
    try (var guest = GuestHarness.start(guest().onConfigure(REGISTER + REGISTER).wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("0", "1", "0", "1");
    }
  }

  @Test
  void answersNotFoundForUnknownQueues() {
    var wasm =
        guest()
            .onConfigure(
                report("proxy_resolve_shared_queue", 1100, 4, 1000, 5, 100)
                    + report("proxy_enqueue_shared_queue", 9, 1100, 4)
                    + report("proxy_dequeue_shared_queue", 0, 104, 108));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("1", "1", "1");
    }
  }

  @Test
  void answersInvalidMemoryForBadPointers() {
    var wasm =
        guest()
            .onConfigure(
                REGISTER
                    + report("proxy_enqueue_shared_queue", 1, 1100, 4)
                    + report("proxy_register_shared_queue", -1, 5, 100)
                    + report("proxy_register_shared_queue", 1000, 5, -1)
                    + report("proxy_resolve_shared_queue", -1, 5, 1000, 5, 100)
                    + report("proxy_resolve_shared_queue", 0, 0, 1000, 5, 131_070)
                    + report("proxy_enqueue_shared_queue", 1, 131_070, 4)
                    + report("proxy_dequeue_shared_queue", 1, -1, 108));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("0", "1", "0", "6", "6", "6", "6", "6", "6");
    }
  }
}
