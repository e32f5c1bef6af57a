package dev.outrider.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WantedNameTest {

  @ParameterizedTest
  @CsvSource({
    "a.test, a.test:443, a.test, 443",
    "a.test:81, a.test:81, a.test, 81",
    "a.test:, a.test::443, a.test:, 443",
    "a.test:x, a.test:x:443, a.test:x, 443",
    "a.test:65536, a.test:65536:443, a.test:65536, 443",
    "127.0.0.1, 127.0.0.1:443, 127.0.0.1, 443",
    "[::1], [::1]:443, ::1, 443",
    "[::1]:81, [::1]:81, ::1, 81",
    "[a]:81, [a]:81, [a], 81",
  })
  void readsAnAuthority(String authority, String key, String host, int port) {
    assertThat(WantedName.of(authority, 443))
        .isEqualTo(new WantedName(key, new HostPort(host, port)));
  }
}
