package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UriTemplateTest {

  @ParameterizedTest
  @CsvSource({
    "/, /, true",
    "/, /a, false",
    "/a/, /a/, true",
    "/a/, /a, false",
    "/a/*, /a/b, true",
    "/a/*, /a/, false",
    "/a/*, /a/b/c, false",
    "/a/**, /a/b/c, true",
    "/a/**, /a/, true",
    "/a/**, /a, false",
    "/**.mpd, /x/y/z.mpd, true",
    "/a/*.m4s, /a/b.m4s, true",
    "/a/*.m4s, /a/bXm4s, false",
    "/a/{b}, /a/c, true",
    "/a/{b=x/*}/y, /a/x/q/y, true",
    "/a/{b=x/*}/y, /a/q/y, false",
    "/a/{b=**}/y, /a/1/2/y, true",
    "/v1:{b}, /v1:x, true",
    "/{b}:go/x, /a:go/x, true",
    "/a+$(b), /a+$(b), true",
    "/a=b/*, /a=b/c=*, true",
  })
  void matchesWholePaths(String template, String path, boolean matches) {
    assertThat(UriTemplate.of(template).pattern().matches(path)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a|Invalid pattern: \"a\"",
        "/a b|Invalid pattern: \"/a b\"",
        "/a//b|Invalid literal: \"\"",
        "/a?b|Invalid literal: \"a?b\"",
        "/a*|Invalid literal: \"a*\"",
        "/**/*|Glob after text glob.",
        "/*x/b|Prefix match not supported.",
        "/{b|Unmatched variable bracket in mixed pattern: \"{b\"",
        "/{1a}|Invalid variable name: \"1a\"",
        "/{a}/{a}|Repeated variable name: \"a\"",
        "/{a}-{b}|Invalid suffix literal: \"-{b}\"",
        "/{a=*x}|Invalid variable match: \"x\"",
        "/{a}/{b}/{c}/{d}/{e}/{f}|Exceeded variable count limit (5)",
      })
  void refusesWhatMakesNoSense(String template, String problem) {
    assertThatThrownBy(() -> UriTemplate.of(template)).hasMessage(problem);
  }

  @ParameterizedTest
  @CsvSource({
    "/a/{b}/{c}, /x/{c}/{b}, /a/1/2, /x/2/1",
    "/a/{b=x/*}/y, /{b}, /a/x/q/y, /x/q",
    "/a/{b=**}, /new/{b}.html, /a/1/2, /new/1/2.html",
    "/a/*, /fixed, /a/b, /fixed",
  })
  void rewritesByVariables(String template, String rewrite, String path, String expected) {
    assertThat(TemplateRewrite.of(UriTemplate.of(template), rewrite).apply(path))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"x", "/x//y", "/{c}", "/x{b", "/x?y", "/{1}", "/x}"})
  void refusesARewriteThatMakesNoSense(String rewrite) {
    assertThatThrownBy(() -> TemplateRewrite.of(UriTemplate.of("/a/{b}"), rewrite))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"/b/c", "/a/b/c"})
  void leavesAPathOfAnotherKind(String path) {
    assertThat(TemplateRewrite.of(UriTemplate.of("/a/{b}"), "/{b}").apply(path)).isNull();
  }
}
