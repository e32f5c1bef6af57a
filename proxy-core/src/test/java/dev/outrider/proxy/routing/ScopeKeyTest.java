package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeaderName;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopeKeyTest {
  private static final HeaderName HEADER = HeaderName.of("x-scope");

  private static String of(ScopeKeyPart part, String value) {
    return Objects.requireNonNullElse(part.of(Heads.request("h", "/", "x-scope", value)), "-");
  }

  @ParameterizedTest
  @CsvSource({
    "'a', '', 0, a",
    "'a;b', '', 0, a;b",
    "'a;b;c', ';', 0, a",
    "'a;b;c', ';', 2, c",
    "'a;b;c', ';', 3, -",
    "'a;;c', ';', 1, ''",
    "'a;', ';', 1, ''",
    "'a, b', ', ', 1, b",
    "'', ';', 0, ''"
  })
  void takesAnElementByItsPlace(String value, String separator, int index, String expected) {
    var part = new ScopeKeyPart(HEADER, separator, new ScopeKeyPart.Place(index));

    assertThat(of(part, value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "'a=1;b=2', ';', b, 2",
    "'a=1;b=2;b=3', ';', b, 2",
    "'a=1;b', ';', b, ''",
    "'a=1;b=2=3', ';', b, 2=3",
    "'a=1;bb=2', ';', b, -",
    "'b=1', '', b, 1",
    "'', ';', b, -",
    "'a=1;', ';', b, -"
  })
  void takesAnElementByItsName(String value, String separator, String name, String expected) {
    var part = new ScopeKeyPart(HEADER, separator, new ScopeKeyPart.Named("=", name));

    assertThat(of(part, value)).isEqualTo(expected);
  }

  @Test
  void aRequestWithoutAPartHasNoKey() {
    var rule =
        List.of(
            new ScopeKeyPart(HEADER, "", new ScopeKeyPart.Place(0)),
            new ScopeKeyPart(HeaderName.of("x-b"), "", new ScopeKeyPart.Place(0)));

    assertThat(ScopeKey.of(rule, Heads.request("h", "/", "x-scope", "a", "x-b", "c")))
        .isEqualTo(new ScopeKey(List.of("a", "c")));
    assertThat(ScopeKey.of(rule, Heads.request("h", "/", "x-scope", "a"))).isNull();
  }

  @Test
  void theFirstLineCounts() {
    var part = new ScopeKeyPart(HEADER, "", new ScopeKeyPart.Place(0));

    assertThat(part.of(Heads.request("h", "/", "x-scope", "1", "x-scope", "2"))).isEqualTo("1");
  }
}
