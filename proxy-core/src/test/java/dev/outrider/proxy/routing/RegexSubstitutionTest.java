package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegexSubstitutionTest {
  @ParameterizedTest
  @CsvSource(
      emptyValue = "",
      value = {
        "^/service/([^/]+)(/.*)$, '\\2/instance/\\1', /service/foo/v1/api, /v1/api/instance/foo",
        "one, two, /xxx/one/yyy/one/zzz, /xxx/two/yyy/two/zzz",
        "^(.*?)one(.*)$, '\\1two\\2', /xxx/one/yyy/one/zzz, /xxx/two/yyy/one/zzz",
        "(?i)/xxx/, /yyy/, /aaa/XxX/bbb, /aaa/yyy/bbb",
        "/a, '\\\\$1', /a/b, '\\$1/b'",
        "(x)?b, '[\\1]', abc, 'a[]c'",
        "no, yes, /a, /a",
        "'x*', -, abc, '-a-b-c-'",
      })
  void replacesWhatItFinds(String regex, String substitution, String text, String result) {
    assertThat(RegexSubstitution.of(regex, substitution).apply(text)).isEqualTo(result);
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> RegexSubstitution.of("(a", "b"))
        .hasMessage("regex '(a': missing closing )");
    assertThatThrownBy(() -> RegexSubstitution.of("(a)", "\\2"))
        .hasMessage("substitution '\\2': \\2, but the regex has 1 groups");
    assertThatThrownBy(() -> RegexSubstitution.of("a", "x\\"))
        .hasMessage("substitution 'x\\': a backslash is followed by a digit or another");
    assertThatThrownBy(() -> RegexSubstitution.of("a", "\\n"))
        .hasMessage("substitution '\\n': a backslash is followed by a digit or another");
  }
}
