package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PageDifferencesTest {
  private static List<String> problems(String listed, List<String> envoy, List<String> outrider) {
    return PageDifferences.of(List.of(listed))
        .problems("stats", new TreeSet<>(envoy), new TreeSet<>(outrider));
  }

  @Test
  void takesWhatIsListed() {
    assertThat(problems("stats envoy a\\..* -- why", List.of("a.b", "c"), List.of("c"))).isEmpty();
  }

  @Test
  void findsWhatIsNot() {
    assertThat(problems("stats envoy a -- why", List.of("a", "b"), List.of("d")))
        .containsExactly(
            "only envoy has, and nobody listed: stats b",
            "only outrider has, and nobody listed: stats d");
  }

  @Test
  void findsWhatIsListedForTheOtherSideOrForNothing() {
    assertThat(problems("stats outrider a -- why", List.of("a"), List.of()))
        .containsExactly(
            "only envoy has, and nobody listed: stats a",
            "listed, but there is no such difference: stats outrider a");
  }

  @Test
  void wantsEveryExpression() {
    assertThat(problems("stats envoy a or b -- why", List.of("a", "b"), List.of())).isEmpty();
    assertThat(problems("stats envoy a or b -- why", List.of("a"), List.of()))
        .containsExactly("listed, but there is no such difference: stats envoy b");
  }

  @Test
  void wantsAReason() {
    assertThatThrownBy(() -> PageDifferences.of(List.of("stats envoy a")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readsFactsOfPages() {
    assertThat(PageFacts.statNames("a.127.0.0.1_80.b: 1\nc: No recorded values\n"))
        .containsExactly("a.127.0.0.1_PORT.b", "c");
    assertThat(PageFacts.series("# TYPE a counter\na{x=\"1\",y=\"b\\\"}\"} 2\nb{} 1\n"))
        .containsExactly("# TYPE a counter", "a{x,y}", "b{}");
    assertThat(
            PageFacts.values("{\"a\":[{\"value\":\"1\",\"name\":\"n\"}],\"last_updated\":\"t\"}"))
        .containsExactly(".a[][n].name=n", ".a[][n].value=1", ".last_updated=(any)");
    assertThat(PageFacts.values("{\"a\":[],\"b\":{}}")).containsExactly(".a=[]", ".b={}");
  }
}
