package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

class SharedDataImportsTest {
  private static final String GET = report("proxy_get_shared_data", 1000, 3, 100, 104, 108);

  private static String set(int valueAt, int length, long cas) {
    return report("proxy_set_shared_data", 1000, 3, valueAt, length, cas);
  }

  private static Wat guest() {
    return Wat.guest().data(1000, "key").data(1100, "one").data(1200, "two");
  }

  @Test
  void keepsAValueWithANumber() {
    var wasm = guest().onConfigure(GET + set(1100, 3, 0) + GET + show(100, 104) + reportAt(108));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("1", "0", "0", "one", "1");
      assertThat(guest.sharedData("key")).isEqualTo("one");
    }
  }

  @Test
  void setsOnlyAgainstTheCurrentNumber() {
    var wasm =
        guest()
            .onConfigure(
                set(1100, 3, 77)
                    + set(1200, 3, 1)
                    + set(1100, 3, 1)
                    + set(1100, 3, 2)
                    + GET
                    + reportAt(108));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts())
          .as("created whatever the number, changed, stale, changed, number 3")
          .containsExactly("0", "0", "8", "0", "0", "3");
      assertThat(guest.sharedData("key")).isEqualTo("one");
    }
  }

  @Test
  void sharesBetweenTheVmsOfOneId() {
    var services = new TestServices();
    var writer = GuestHarness.load(guest().onConfigure(set(1100, 3, 0)).wasm());
    var reader = GuestHarness.load(guest().onConfigure(GET + show(100, 104)).wasm());

    try (var _ = GuestHarness.start(writer, "", services);
        var _ = GuestHarness.start(reader, "", services)) {
      assertThat(services.log().texts()).containsExactly("0", "0", "one");
    }
  }

  @Test
  void answersInvalidMemoryForBadPointers() {
    var wasm =
        guest()
            .onConfigure(
                set(1100, 3, 0)
                    + report("proxy_get_shared_data", -1, 3, 100, 104, 108)
                    + report("proxy_get_shared_data", 1000, 3, -1, 104, 108)
                    + report("proxy_get_shared_data", 1000, 3, 100, 104, -1)
                    + report("proxy_set_shared_data", 131_072, 1, 0, 0, 0)
                    + report("proxy_set_shared_data", 1000, 3, 131_070, 3, 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("0", "6", "6", "6", "6", "6");
    }
  }
}
