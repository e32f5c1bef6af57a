package dev.outrider.filters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RateLimitFilterTest {
  private static final String CONFIGURATION =
      """
      {"limits": [
        {"name": "reports", "path_prefix": "/reports", "requests": 2, "per": "minute"},
        {"name": "subject", "header": "x-auth-subject", "requests": 10, "burst": 3},
        {"name": "client", "client_address": true, "requests": 1}
      ]}
      """;

  private final TestServices services = new TestServices();
  private final GuestHarness guest =
      GuestHarness.start(ExampleFilters.module("rate-limit"), CONFIGURATION, services);

  @AfterEach
  void close() {
    guest.close();
  }

  @Test
  void tellsTheClientWhatIsLeft() {
    var exchange = guest.request("GET", "/reports");
    exchange.respond(200, "");

    assertThat(exchange.requestWentOn()).isTrue();
    assertThat(exchange.responseHeaders().first("x-ratelimit-limit")).isEqualTo("2");
    assertThat(exchange.responseHeaders().first("x-ratelimit-remaining")).isEqualTo("1");
  }

  @Test
  void turnsTheRequestOverTheLimitAway() {
    guest.request("GET", "/reports").close();
    guest.request("GET", "/reports").close();

    var third = guest.request("GET", "/reports");

    assertThat(third.reply().status()).isEqualTo(429);
    assertThat(third.replyHeader("retry-after")).isEqualTo("30");
    assertThat(third.replyHeader("x-ratelimit-remaining")).isEqualTo("0");
  }

  @Test
  void letsRequestsThroughAgainWithTime() {
    for (int i = 0; i < 3; i++) {
      guest.request("GET", "/reports").close();
    }

    services.clock().advance(Duration.ofSeconds(31));

    assertThat(guest.request("GET", "/reports").requestWentOn()).isTrue();
    assertThat(guest.request("GET", "/reports").requestWentOn()).isFalse();
  }

  @Test
  void sharesTheBucketAmongWorkers() {
    try (var otherWorker =
        GuestHarness.start(ExampleFilters.module("rate-limit"), CONFIGURATION, services)) {
      assertThat(guest.request("GET", "/reports").requestWentOn()).isTrue();
      assertThat(otherWorker.request("GET", "/reports").requestWentOn()).isTrue();

      assertThat(guest.request("GET", "/reports").requestWentOn()).isFalse();
      assertThat(otherWorker.request("GET", "/reports").requestWentOn()).isFalse();
    }
  }

  @Test
  void tellsClientsApartByHeader() {
    for (int i = 0; i < 3; i++) {
      assertThat(guest.request("GET", "/", "x-auth-subject", "ada").requestWentOn()).isTrue();
    }

    assertThat(guest.request("GET", "/", "x-auth-subject", "ada").requestWentOn()).isFalse();
    assertThat(guest.request("GET", "/", "x-auth-subject", "bob").requestWentOn()).isTrue();
  }

  @Test
  void countsWhatItDid() {
    for (int i = 0; i < 3; i++) {
      guest.request("GET", "/reports").close();
    }

    assertThat(guest.metrics().value("rate_limit.reports.allowed")).isEqualTo(2);
    assertThat(guest.metrics().value("rate_limit.reports.limited")).isEqualTo(1);
  }

  @Test
  void refusesAConfigurationWithoutLimits() {
    assertThatThrownBy(
            () ->
                GuestHarness.start(
                    ExampleFilters.module("rate-limit"), "{\"limits\": []}", services))
        .isInstanceOf(GuestFailureException.class);
    assertThat(services.log().texts()).anyMatch(line -> line.contains("limits"));
  }
}
