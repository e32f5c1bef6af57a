package dev.outrider.proxy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.HostOptions;
import dev.outrider.proxy.config.HostOptions.Port;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderNames;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostNormalizationTest {
  private final HeadStores stores = new HeadStores();

  @ParameterizedTest
  @CsvSource({
    "KEEP, false, a.:8080, a.:8080",
    "ANY, false, a:80, a",
    "ANY, false, a, a",
    "ANY, false, a:, a:",
    "ANY, false, a:+1, a",
    "ANY, false, a:+, a:+",
    "ANY, false, a:http, a:http",
    "ANY, false, a:99999, a",
    "ANY, false, a:99999999999, a:99999999999",
    "ANY, false, [::1], [::1]",
    "ANY, false, [::1]:80, [::1]",
    "ANY, false, a.:80, a.",
    "MATCHING, false, a:8080, a",
    "MATCHING, false, a:80, a:80",
    "KEEP, true, a., a",
    "KEEP, true, a.b, a.b",
    "KEEP, true, a.:80, a:80",
    "KEEP, true, a.., a.",
    "ANY, true, a.:80, a",
  })
  void cutsWhatItIsTold(Port port, boolean dot, String host, String expected) {
    var head = stores.take(HeadKind.REQUEST);
    head.set(HeaderNames.AUTHORITY, host);

    new HostNormalization(new HostOptions(port, dot)).apply(head, 8080);

    assertThat(head.authority()).isEqualTo(expected);
    head.release();
    assertThat(stores.outstanding()).isZero();
  }
}
