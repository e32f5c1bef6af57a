package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderNameTest {
  @Test
  void everyKnownNameHasItsOwnIdAndIsFound() {
    var texts = new HashSet<String>();

    for (var id = 1; id <= HeaderNames.count(); id++) {
      var name = HeaderNames.byId(id);
      assertThat(name.key()).as(name.toString()).isEqualTo(id);
      assertThat(HeaderName.of(name.toString())).isSameAs(name);
      texts.add(name.toString());
    }

    assertThat(texts).hasSize(HeaderNames.count());
  }

  @Test
  void foldsTheCase() {
    assertThat(HeaderName.of("Content-Type")).isSameAs(HeaderNames.CONTENT_TYPE);
    assertThat(HeaderName.of("X-Mine")).isEqualTo(HeaderName.of("x-mine")).hasToString("x-mine");
    assertThat(HeaderName.of("x-mine")).hasSameHashCodeAs(HeaderName.of("X-MINE"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a:", ":nope", "a\n", "\u00e9", "\u0130"})
  void refusesWhatIsNoName(String text) {
    assertThatThrownBy(() -> HeaderName.of(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
