package dev.outrider.proxy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderNames;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefererTest {
  private final HeadStores stores = new HeadStores();

  private boolean stays(String value) {
    var head = stores.take(HeadKind.REQUEST);
    head.set(HeaderNames.REFERER, value);
    Referer.drop(head);
    var stays = head.contains(HeaderNames.REFERER);
    head.release();
    return stays;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.test/b?c",
        "https://a.test",
        "ftp://a.test:21/b",
        "http://[::1]:80/",
        "/b",
        "b",
        "a/b:c"
      })
  void staysIfItIsTheAddressOfAPage(String value) {
    assertThat(stays(value)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://",
        "about:blank",
        "http://a b/c",
        "http://u:p@a.test/c",
        "http://a.test:99999/c",
        "http://a.test/b#c",
        "a:b",
        "/<b>"
      })
  void goesIfItIsNot(String value) {
    assertThat(stays(value)).isFalse();
  }
}
