package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LookupsPageTest {
  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  private AdminResponse ask(String method, String path) {
    return pages.answer(new AdminRequest(method, path, Map.of())).toCompletableFuture().join();
  }

  @Test
  void saysHowManyAndHowToLearnWhich() {
    server.registry.counter("a");

    assertThat(ask("GET", "/stats/recentlookups"))
        .isEqualTo(
            AdminResponse.text(
                """
                Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.

                total: 1
                """));
  }

  @Test
  void listsThemOnceEnabled() {
    assertThat(ask("POST", "/stats/recentlookups/enable").body()).isEqualTo("OK\n");
    ask("POST", "/stats/recentlookups/clear");
    server.registry.counter("twice");
    server.registry.counter("twice");
    server.registry.gauge("once");

    assertThat(ask("GET", "/stats/recentlookups").body())
        .isEqualTo("   Count Lookup\n       1 once\n       2 twice\n\ntotal: 3\n");
    ask("POST", "/stats/recentlookups/disable");
    assertThat(ask("GET", "/stats/recentlookups").body()).startsWith("Lookup tracking is not");
  }

  @Test
  void isSwitchedByPostOnly() {
    for (var order : new String[] {"enable", "disable", "clear"}) {
      assertThat(ask("GET", "/stats/recentlookups/" + order).status()).isEqualTo(405);
    }
  }
}
