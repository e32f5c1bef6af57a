package dev.outrider.filters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeadersFilterTest {
  private final GuestHarness guest =
      GuestHarness.start(ExampleFilters.module("headers"), "", new TestServices());

  @AfterEach
  void close() {
    guest.close();
  }

  @Test
  void summarisesTheRequestForTheService() {
    var exchange = guest.request("GET", "/", "x-request-id", "r-1", "user-agent", "curl");

    assertThat(exchange.requestWentOn()).isTrue();
    assertThat(exchange.requestHeaders().first("x-request-summary"))
        .isEqualTo("id=r-1; agent=curl");
  }

  @Test
  void summarisesTheResponseForTheClientWithTheRequestsId() {
    var exchange = guest.request("GET", "/", "x-request-id", "r-1");

    exchange.respond(200, "", "content-type", "text/plain", "cache-control", "no-store");

    assertThat(exchange.responseHeaders().first("x-response-summary"))
        .isEqualTo("id=r-1; type=text/plain; cache=no-store");
  }

  @Test
  void writesADashForWhatIsAbsent() {
    var exchange = guest.request("GET", "/");

    assertThat(exchange.requestHeaders().first("x-request-summary")).isEqualTo("id=-; agent=-");
  }

  @Test
  void keepsTheIdsOfConcurrentExchangesApartAndItsMemorySmallOverManyOfThem() {
    for (int i = 0; i < 20_000; i++) {
      try (var first = guest.request("GET", "/", "x-request-id", "first-" + i);
          var second = guest.request("GET", "/", "x-request-id", "second-" + i)) {
        second.respond(200, "");
        first.respond(200, "");

        assertThat(first.responseHeaders().first("x-response-summary"))
            .startsWith("id=first-" + i + ";");
        assertThat(second.responseHeaders().first("x-response-summary"))
            .startsWith("id=second-" + i + ";");
      }
    }

    assertThat(guest.vm().memoryBytes()).isLessThanOrEqualTo(1 << 20);
  }
}
