package dev.outrider.proxy.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.attributes.ValueBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CelExpressionTest {
  private static CelExpression compiled(String text) {
    var problems = new ArrayList<String>();
    var expression = CelExpression.compile(text, problems::add);
    assertThat(problems).isEmpty();
    return (CelExpression) expression;
  }

  private static List<String> problems(String text) {
    var problems = new ArrayList<String>();
    CelExpression.compile(text, problems::add);
    return problems;
  }

  private static String string(ValueBuffer out) {
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void theSameTextCompiledAnewIsNoChange() {
    assertThat(compiled("request.size > 1"))
        .isEqualTo(compiled("request.size > 1"))
        .hasSameHashCodeAs(compiled("request.size > 1"))
        .isNotEqualTo(compiled("request.size > 2"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          request.path                | /a/x?q=1       | "/a/x?q=1"
          response.code + 1           | 201            | 201
          request.method == 'GET'     | true           | true
          1.5                         | 1.5            | 1.5
          1234567.0                   | 1.23457e+06    | 1234567
          0.00001                     | 1e-05          | 1e-05
          7u                          | 7              | 7
          null                        | NULL           | -
          [1, 'x', null]              | CelList value  | [1,"x",null]
          {'b': 1, 'a': true}         | CelMap value   | {"a":true,"b":1}
          b'ab'                       | ab             | "YWI="
          type(1)                     | CelType value  | -
          duration('1.5s')            | 1.5s           | "1.500s"
          duration('3661.25s')        | 1h1m1.25s      | "3661.250s"
          duration('-1500us')         | -1.5ms         | "-0.001500s"
          timestamp('2020-01-02T03:04:05.06Z') | 2020-01-02T03:04:05.06+00:00 | "2020-01-02T03:04:05.060Z"
          request.nope                | -              | -
          request.path + 1            | -              | -
          """)
  void showsValuesAsTextAndAsJson(String expression, String text, String json) {
    var compiled = compiled(expression);
    var shown = new ValueBuffer();
    var typed = new ValueBuffer();

    var hasText = compiled.write(Streams.proxied(), shown);
    var hasJson = compiled.writeJson(Streams.proxied(), Integer.MAX_VALUE, typed);

    assertThat(hasText ? string(shown) : "-").isEqualTo(text);
    assertThat(hasJson ? string(typed) : "-").isEqualTo(json);
  }

  @Test
  void cutsTextsOnly() {
    var out = new ValueBuffer();

    compiled("request.path").writeJson(Streams.proxied(), 3, out);
    compiled("12345").writeJson(Streams.proxied(), 3, out);

    assertThat(string(out)).isEqualTo("\"/a/\"12345");
  }

  @Test
  void isTrueForNothingButTrue() {
    assertThat(compiled("response.code == 200").isTrue(Streams.proxied())).isTrue();
    assertThat(compiled("response.code").isTrue(Streams.proxied())).isFalse();
    assertThat(compiled("request.nope").isTrue(Streams.proxied())).isFalse();
  }

  @Test
  void saysWhatIsNoExpression() {
    assertThat(problems("a b")).singleElement().asString().startsWith("'a b' is no expression: ");
    assertThat(problems("nope(1)")).singleElement().asString().contains("no function 'nope'");
    assertThat(problems("xds.node.id"))
        .containsExactly("'xds.node.id': xds.node is known to guests only");
  }
}
