package dev.outrider.proxy.filters.statefulsession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.routing.HashSource.Cookie;
import dev.outrider.proxy.routing.HashSource.CookieAttribute;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reads and writes what Envoy 1.40 does.
class SessionPlaceTest {
  private static final HeaderName NAME = HeaderName.of("x-sid");

  private final FakeClock clock = new FakeClock();
  private final HeadStores heads = new HeadStores(true);
  private final HeaderMap request = heads.take(HeadKind.REQUEST);
  private final HeaderMap response = heads.take(HeadKind.RESPONSE);

  @AfterEach
  void release() {
    request.release();
    response.release();
    assertThat(heads.outstanding()).isZero();
  }

  private static CookieSession cookie(Duration lifetime, String path) {
    return new CookieSession(new Cookie("sid", lifetime, path, List.of()));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private @Nullable String found(String cookies) {
    request.set(HeaderNames.COOKIE, cookies);
    return cookie(Duration.ZERO, "").find(request, clock);
  }

  @ParameterizedTest
  @CsvSource({
    "'', /x, true",
    "/, /x, true",
    "/a, /a, true",
    "/a, /a/b, true",
    "/a, /a?x, true",
    "/a, /ab, false",
    "/a, /b, false",
    "/a/, /a/b, true",
    "/a/, /a, false"
  })
  void coversThePathOfTheCookie(String path, String asked, boolean covered) {
    request.set(HeaderNames.PATH, asked);

    assertThat(cookie(Duration.ZERO, path).covers(request)).isEqualTo(covered);
  }

  @Test
  void readsAnAddress() {
    assertThat(found("sid=" + base64("\n\u000b1.2.3.4:567"))).isEqualTo("1.2.3.4:567");
    assertThat(found("a=b; sid=\"" + base64("\n\u000b1.2.3.4:567") + "\""))
        .isEqualTo("1.2.3.4:567");
    assertThat(found("sid=" + base64("1.2.3.4:567"))).isEqualTo("1.2.3.4:567");
  }

  @Test
  void anAddressCountsUntilTheSecondOfItsEnd() {
    var now = clock.epochMicros() / 1_000_000;
    var sid = "sid=" + base64("\n\u000b1.2.3.4:567\u0010" + varint(now));

    assertThat(found(sid)).isEqualTo("1.2.3.4:567");
    clock.advance(Duration.ofSeconds(1));
    assertThat(found(sid)).isNull();
  }

  private static String varint(long number) {
    var text = new StringBuilder();
    for (; number > 0x7f; number >>>= 7) {
      text.append((char) ((number & 0x7f) | 0x80));
    }
    return text.append((char) number).toString();
  }

  @ParameterizedTest
  @CsvSource({"a=b", "sid=", "sid=x.y=", "xsid=MS4y", "sid=EAE=", "sid"})
  void readsNothingFromWhatIsNoSession(String cookies) {
    assertThat(found(cookies)).isNull();
  }

  @Test
  void writesWhatItReads() {
    var place = cookie(Duration.ofSeconds(60), "/a");

    place.put(response, "1.2.3.4:567", clock);

    var set = response.get(HeaderNames.SET_COOKIE);
    assertThat(set).startsWith("sid=\"").endsWith("\"; Max-Age=60; Path=/a; HttpOnly");
    request.set(HeaderNames.COOKIE, String.valueOf(set).split(";", -1)[0]);
    assertThat(place.find(request, clock)).isEqualTo("1.2.3.4:567");
    clock.advance(Duration.ofSeconds(61));
    assertThat(place.find(request, clock)).isNull();
  }

  @Test
  void writesNoEndWithoutALifetime() {
    new CookieSession(
            new Cookie("sid", Duration.ZERO, "", List.of(new CookieAttribute("Secure", ""))))
        .put(response, "1.2.3.4:567", clock);

    assertThat(response.get(HeaderNames.SET_COOKIE))
        .isEqualTo("sid=\"" + base64("\n\u000b1.2.3.4:567") + "\"; Secure; HttpOnly");
  }

  @Test
  void keepsASessionInAHeader() {
    var place = new HeaderSession(NAME);
    assertThat(place.covers(request)).isTrue();
    assertThat(place.find(request, clock)).isNull();

    place.put(response, "1.2.3.4:567", clock);

    assertThat(response.get(NAME)).isEqualTo(base64("1.2.3.4:567"));
    request.set(NAME, String.valueOf(response.get(NAME)));
    assertThat(place.find(request, clock)).isEqualTo("1.2.3.4:567");
    request.set(NAME, "x");
    assertThat(place.find(request, clock)).isNull();
  }
}
