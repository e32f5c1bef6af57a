package dev.outrider.filters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoutingFilterTest {
  private static final String CONFIGURATION =
      """
      {"rules": [
         {"target": "canary", "header": "x-canary", "value": "always"},
         {"target": "canary", "cookie": "canary", "value": "1"},
         {"target": "canary", "percent": 20, "by_header": "x-user"}],
       "rewrites": [{"prefix": "/old/", "replacement": "/new/"}]}
      """;

  private final TestServices services = new TestServices();
  private final GuestHarness guest =
      GuestHarness.start(ExampleFilters.module("routing"), CONFIGURATION, services);

  @AfterEach
  void close() {
    guest.close();
  }

  @Test
  void sendsTheHeadersRequestsToTheCanary() {
    assertThat(target("x-canary", "always", "x-user", "u")).isEqualTo("canary");
  }

  @Test
  void sendsTheCookiesRequestsToTheCanary() {
    assertThat(target("cookie", "theme=dark; canary=1; lang=en")).isEqualTo("canary");
    assertThat(target("cookie", "notcanary=1", "x-user", stableUser())).isEqualTo("stable");
  }

  @Test
  void replacesATargetThatTheClientClaims() {
    var exchange = guest.request("GET", "/", "x-route-to", "canary", "x-user", stableUser());

    assertThat(exchange.requestHeaders().all("x-route-to")).isEqualTo(List.of("stable"));
  }

  @Test
  void keepsEachUserOnOneSideAndSplitsThemAsConfigured() {
    int canaries = 0;
    for (int user = 0; user < 1000; user++) {
      var first = target("x-user", "user-" + user);

      assertThat(target("x-user", "user-" + user)).isEqualTo(first);
      canaries += first.equals("canary") ? 1 : 0;
    }

    assertThat(canaries).isBetween(150, 250);
  }

  @Test
  void rewritesThePathByPrefixAndKeepsTheQuery() {
    var exchange = guest.request("GET", "/old/thing?a=1");

    assertThat(exchange.requestHeaders().first(":path")).isEqualTo("/new/thing?a=1");
  }

  @Test
  void hasTheRouteChosenAnewAfterItsDecision() {
    var exchange = guest.request("GET", "/", "x-canary", "always");

    assertThat(exchange.host().routeClears()).isPositive();
  }

  @Test
  void refusesAConfigurationItDoesNotUnderstand() {
    assertThatThrownBy(
            () -> GuestHarness.start(ExampleFilters.module("routing"), "{\"rulez\": []}", services))
        .isInstanceOf(GuestFailureException.class);
    assertThat(services.log().texts()).anyMatch(line -> line.contains("rulez"));
  }

  private String target(String... headers) {
    try (var exchange = guest.request("GET", "/", headers)) {
      return String.valueOf(exchange.requestHeaders().first("x-route-to"));
    }
  }

  private String stableUser() {
    for (int user = 0; user < 1000; user++) {
      if ("stable".equals(target("x-user", "user-" + user))) {
        return "user-" + user;
      }
    }
    throw new AssertionError("every user is a canary");
  }
}
