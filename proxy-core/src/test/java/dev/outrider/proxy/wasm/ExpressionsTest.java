package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `expr_create`, `expr_evaluate`, `expr_delete` as a guest calls them; values and statuses were
/// seen on Envoy 1.40.
class ExpressionsTest {
  private static final int OK = 0;
  private static final int NOT_FOUND = 1;
  private static final int BAD_ARGUMENT = 2;
  private static final int SERIALIZATION_FAILURE = 3;
  private static final int INTERNAL_FAILURE = 10;

  private final TestPlugins plugins = new TestPlugins();
  private final Probe probe = new Probe(plugins);

  /// The first expression of a process takes longer than a request may: it loads the library.
  /// Guests create theirs when they are configured.
  @BeforeAll
  static void load() {
    var create = Wat.call("proxy_call_foreign_function", 1000, 11, 1020, 39, 0, 0);
    var guest =
        Wat.guest()
            .data(1000, "expr_create")
            .data(1020, "[1].exists(x, x == 1) && request.a == 1")
            .onConfigure("(drop " + create + ")");
    try (var plugins = new TestPlugins()) {
      plugins.accept(TestPlugins.config(guest.wasm()));
    }
  }

  @AfterEach
  void close() {
    plugins.close();
  }

  private Probe.Answer create(String text) {
    return probe.foreign("expr_create", text.getBytes(UTF_8));
  }

  private Probe.Answer evaluate(String text) {
    var created = create(text);
    assertThat(created.status()).as(text).isEqualTo(OK);
    return probe.foreign("expr_evaluate", created.bytes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"s\"|73",
        "b\"x\"|78",
        "1|0100000000000000",
        "-1|ffffffffffffffff",
        "1u|0100000000000000",
        "1.5|000000000000f83f",
        "true|01",
        "!true|00",
        "[1,2]|02000000080000000000000008000000000000000100000000000000000002000000000000000000",
        "[\"a\",true]|0200000001000000000000000100000000000000610000010000",
        "{\"a\":1}|0100000001000000080000006100010000000000000000",
        "{true:1u}|0100000001000000080000000100010000000000000000",
        "duration(\"1s\")|00ca9a3b00000000",
        "duration(\"1.5s\")|002f685900000000",
        "timestamp(\"2020-01-01T00:00:00Z\")|00008ab9359ae515",
        "timestamp(0)|0000000000000000"
      })
  void writesValuesAsProperties(String text, String hex) {
    var value = evaluate(text);

    assertThat(value.status()).isEqualTo(OK);
    assertThat(HexFormat.of().formatHex(value.bytes())).isEqualTo(hex);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "request.method == \"GET\"",
        "request[\"method\"] == \"GET\"",
        "request.headers[\":authority\"] == \"a.test\"",
        "\":Method\" in request.headers",
        "size(request.headers) == 3",
        "request.headers.exists(name, name == \":path\")",
        "request.path.startsWith(\"/\") && request.path.matches(\"^/[a-z]*$\")",
        "request.size + 1 == 1",
        "request.time > timestamp(\"1969-01-01T00:00:00Z\")",
        "has(request.path) && !has(request.nosuch) && !has(upstream.address)",
        "plugin_name == \"p0\" && plugin_root_id == \"r0\" && plugin_vm_id == \"vm\"",
        "connection.mtls == false",
        "response.flags == 0",
        "xds.listener_direction == 0",
        "xds.node.id == \"\"",
        "!(\"ns\" in metadata.filter_metadata)",
        "left == b\"x\"",
        "filter_state[\"wasm.left\"] == b\"x\"",
        "1 == 1.0 && 1 < 2u",
        "true || nosuch",
        "[1,2].exists(x, x == 1) && [1,2].all(x, x > 0)",
        "string(1) == \"1\" && int(\"1\") == 1",
        "\"a\" + \"b\" == \"ab\" && [1] + [2] == [1,2]",
        "google.protobuf.Duration{seconds: 1} == duration(\"1s\")"
      })
  void readsAttributes(String text) {
    var created = create(text);
    assertThat(created.status()).isEqualTo(OK);

    try (var stream = probe.stream()) {
      stream
          .info()
          .filterState()
          .set(
              new FilterState.Entry(
                  "wasm.left".getBytes(UTF_8), "x".getBytes(UTF_8), FilterState.Shape.DEFAULT));
      var value = probe.foreign(stream, "expr_evaluate", created.bytes());

      assertThat(value.status()).isEqualTo(OK);
      assertThat(value.bytes()).containsExactly(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1 ==",
        "foo(1)",
        "\"x\".foo()",
        "lowerAscii(\"A\")",
        "optional.of(1)",
        "request.?path",
        "(((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))"
      })
  void refusesWhatIsNoExpression(String text) {
    assertThat(create(text).status()).isEqualTo(BAD_ARGUMENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nosuch",
        "request.nosuch",
        "request.headers[\"nosuch\"]",
        "request.duration",
        "upstream.address",
        "xds.nosuch",
        "x.y.z",
        "1/0",
        "9223372036854775807+1",
        "request.size + 1.0",
        "request.path.matches(\"(\")",
        "request.path.matches(\"(a{1,1000}){1,10}\")"
      })
  void failsToEvaluateWhatHasNoValue(String text) {
    assertThat(evaluate(text).status()).isEqualTo(INTERNAL_FAILURE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"null", "request", "xds", "filter_state", "type(1)", "[null]", "{\"a\":null}"})
  void cannotWriteWhatIsNoProperty(String text) {
    assertThat(evaluate(text).status()).isEqualTo(SERIALIZATION_FAILURE);
  }

  @Test
  void countsTokensFromZeroAndForgetsDeletedOnes() {
    var first = create("1");
    var second = create("2");
    assertThat(first.token()).isZero();
    assertThat(second.token()).isEqualTo(1);

    assertThat(probe.foreign("expr_delete", first.bytes()).status()).isEqualTo(OK);
    assertThat(probe.foreign("expr_delete", first.bytes()).status()).isEqualTo(OK);

    assertThat(probe.foreign("expr_evaluate", first.bytes()).status()).isEqualTo(NOT_FOUND);
    assertThat(probe.foreign("expr_evaluate", second.bytes()).number()).isEqualTo(2);
  }

  @Test
  void wantsATokenOfFourBytes() {
    for (var length : new int[] {0, 3, 5}) {
      assertThat(probe.foreign("expr_evaluate", new byte[length]).status()).isEqualTo(BAD_ARGUMENT);
      assertThat(probe.foreign("expr_delete", new byte[length]).status()).isEqualTo(BAD_ARGUMENT);
    }
    assertThat(probe.foreign("expr_evaluate", new byte[4]).status()).isEqualTo(NOT_FOUND);
    assertThat(probe.foreign("expr_delete", new byte[4]).status()).isEqualTo(OK);
  }
}
