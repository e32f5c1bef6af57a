package dev.outrider.filters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthFilterTest {
  private static final String SECRET = "first-light-demo-secret-0123456789";
  private static final String CONFIGURATION =
      """
      {"jwt": {"issuer": "https://issuer.example", "audiences": ["orders"],
               "keys": [{"algorithm": "HS256", "secret": "%s"}]},
       "api_keys": {"header": "x-api-key", "query": "key", "keys": [{"subject": "shop", "key": "shop-key"}]},
       "remove_credential": true}
      """
          .formatted(SECRET);

  private final TestServices services = new TestServices();
  private final GuestHarness guest =
      GuestHarness.start(ExampleFilters.module("auth"), CONFIGURATION, services);

  @AfterEach
  void close() {
    guest.close();
  }

  @Test
  void asksForACredentialWhereThereIsNone() {
    var exchange = guest.request("GET", "/");

    assertThat(exchange.requestWentOn()).isFalse();
    assertThat(exchange.reply().status()).isEqualTo(401);
    assertThat(exchange.replyHeader("www-authenticate")).contains("Bearer realm=\"outrider\"");
  }

  @Test
  void passesAValidTokenOnAsSubjectWithoutTheCredential() {
    var exchange = guest.request("GET", "/", "authorization", "Bearer " + token("ada", 60, SECRET));

    assertThat(exchange.requestWentOn()).isTrue();
    assertThat(exchange.requestHeaders().all("x-auth-subject")).isEqualTo(List.of("ada"));
    assertThat(exchange.requestHeaders().first("authorization")).isNull();
  }

  @Test
  void removesASubjectThatTheClientClaims() {
    var exchange =
        guest.request(
            "GET",
            "/",
            "x-auth-subject",
            "root",
            "authorization",
            "Bearer " + token("ada", 60, SECRET));

    assertThat(exchange.requestHeaders().all("x-auth-subject")).isEqualTo(List.of("ada"));
  }

  @Test
  void refusesAForgedToken() {
    var exchange =
        guest.request("GET", "/", "authorization", "Bearer " + token("ada", 60, SECRET + "x"));

    assertThat(exchange.reply().status()).isEqualTo(401);
    assertThat(exchange.replyHeader("www-authenticate")).contains("error=\"invalid_token\"");
  }

  @Test
  void refusesATokenOnceItHasExpired() {
    var token = "Bearer " + token("ada", 60, SECRET);
    assertThat(guest.request("GET", "/", "authorization", token).requestWentOn()).isTrue();

    services.clock().advance(Duration.ofMinutes(5));

    assertThat(guest.request("GET", "/", "authorization", token).reply().status()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer",
        "Bearer ",
        "Bearer a.b",
        "Bearer a.b.c",
        "Bearer ....",
        "Bearer \u0001\u00ff.\u00fe.x",
        // {"alg":"none"} with the right claims and no signature
        "Bearer"
            + " eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoib3JkZXJzIiwic3ViIjoiYWRhIiwiZXhwIjo5OTk5OTk5OTk5fQ."
      })
  void refusesWhatIsNoTokenAndLivesOn(String authorization) {
    var exchange = guest.request("GET", "/", "authorization", authorization);

    assertThat(exchange.requestWentOn()).isFalse();
    assertThat(exchange.reply().status()).isIn(400, 401);
    assertThat(guest.vm().failure()).isNull();
  }

  @Test
  void refusesTwoCredentials() {
    var token = "Bearer " + token("ada", 60, SECRET);

    var exchange = guest.request("GET", "/", "authorization", token, "authorization", token);

    assertThat(exchange.reply().status()).isEqualTo(400);
  }

  @Test
  void takesAnApiKeyFromTheHeader() {
    var exchange = guest.request("GET", "/", "x-api-key", "shop-key");

    assertThat(exchange.requestHeaders().first("x-auth-subject")).isEqualTo("shop");
    assertThat(exchange.requestHeaders().first("x-api-key")).isNull();
  }

  @Test
  void takesAnApiKeyFromTheQueryAndRemovesItThere() {
    var exchange = guest.request("GET", "/orders?a=1&key=shop-key&b=2");

    assertThat(exchange.requestWentOn()).isTrue();
    assertThat(exchange.requestHeaders().first(":path")).isEqualTo("/orders?a=1&b=2");
  }

  @Test
  void refusesAnUnknownApiKey() {
    var exchange = guest.request("GET", "/", "x-api-key", "shop-kez");

    assertThat(exchange.reply().status()).isEqualTo(401);
  }

  @Test
  void refusesAConfigurationItDoesNotUnderstand() {
    assertThatThrownBy(
            () ->
                GuestHarness.start(
                    ExampleFilters.module("auth"), "{\"jwt\": {\"kezs\": []}}", services))
        .isInstanceOf(GuestFailureException.class);
    assertThat(services.log().texts()).anyMatch(line -> line.contains("kezs"));
  }

  /// A token that is valid for so many seconds from the test's clock on.
  private String token(String subject, long seconds, String secret) {
    long expiry = services.clock().realtimeNanos() / 1_000_000_000 + seconds;
    var unsigned =
        base64("{\"alg\":\"HS256\"}")
            + "."
            + base64(
                "{\"iss\":\"https://issuer.example\",\"aud\":\"orders\",\"sub\":\"%s\",\"exp\":%d}"
                    .formatted(subject, expiry));
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return unsigned
          + "."
          + Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(mac.doFinal(unsigned.getBytes(UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }
}
