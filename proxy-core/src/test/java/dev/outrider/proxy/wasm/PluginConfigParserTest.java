package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import dev.outrider.proxywasm.host.Capabilities;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PluginConfigParserTest {
  private static final Schema SCHEMA = Schema.load();
  private static final ParseContext CONTEXT =
      new ParseContext("listener 'main'", "http_filters[0].typed_config", "p");

  @Test
  void readsAPlugin() throws Exception {
    var settings =
        valid(
            """
            config:
              name: auth
              root_id: root
              configuration: {"@type": type.googleapis.com/google.protobuf.StringValue, value: '{"a": 1}'}
              allow_on_headers_stop_iteration: true
              vm_config:
                vm_id: vm
                runtime: envoy.wasm.runtime.v8
                configuration: {"@type": type.googleapis.com/google.protobuf.BytesValue, value: AAE=}
                code: {local: {filename: /filters/auth.wasm}}
                environment_variables: {key_values: {B: two, A: one}}
            """);

    assertThat(settings.name()).isEqualTo("auth");
    assertThat(settings.plugin().rootId()).isEqualTo("root");
    assertThat(settings.plugin().configuration())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("{\"a\": 1}");
    assertThat(settings.plugin().allowOnHeadersStopIteration()).isTrue();
    assertThat(settings.vm().vmId()).isEqualTo("vm");
    assertThat(settings.vm().configuration()).containsExactly(0, 1);
    assertThat(settings.vm().environment())
        .containsExactlyInAnyOrderEntriesOf(Map.of("A", "one", "B", "two"));
    assertThat(settings.code()).isEqualTo(new Code.File(Path.of("/filters/auth.wasm")));
    assertThat(settings.failurePolicy()).isEqualTo(FailurePolicy.FAIL_CLOSED);
    assertThat(settings.reloadMillis()).isEqualTo(1000);
  }

  @Test
  void takesAModuleThatStandsInTheConfiguration() throws Exception {
    var bytes = valid("config: {vm_config: {code: {local: {inline_bytes: AAEC}}}}");
    var text = valid("config: {vm_config: {code: {local: {inline_string: abc}}}}");

    assertThat(inline(bytes)).containsExactly(0, 1, 2);
    assertThat(inline(text)).asString(StandardCharsets.UTF_8).isEqualTo("abc");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "failure_policy: UNSPECIFIED | FAIL_CLOSED",
        "failure_policy: FAIL_CLOSED | FAIL_CLOSED",
        "failure_policy: FAIL_RELOAD | FAIL_RELOAD",
        "failure_policy: FAIL_OPEN | FAIL_OPEN",
        "fail_open: true | FAIL_OPEN_AT_ONCE",
      })
  void readsWhatBecomesOfStreamsAfterAFailure(String field, FailurePolicy policy) throws Exception {
    assertThat(
            valid("config: {" + field + ", vm_config: {code: {local: {filename: a}}}}")
                .failurePolicy())
        .isEqualTo(policy);
  }

  @Test
  void readsWhatThePluginIsAllowed() throws Exception {
    var restricted =
        valid(
            "config: {capability_restriction_config: {allowed_capabilities: {proxy_log: {},"
                + " fd_write: {}}}, vm_config: {code: {local: {filename: a}}}}");
    var empty =
        valid(
            "config: {capability_restriction_config: {}, vm_config: {code: {local: {filename:"
                + " a}}}}");

    assertThat(restricted.vm().capabilities())
        .isEqualTo(Capabilities.only(Set.of("proxy_log", "fd_write")));
    assertThat(empty.vm().capabilities()).isEqualTo(Capabilities.ALL);
  }

  @Test
  void readsThePauseBetweenTwoReloads() throws Exception {
    var settings =
        valid(
            "config: {reload_config: {backoff: {base_interval: 0.25s}}, vm_config: {code: {local:"
                + " {filename: a}}}}");

    assertThat(settings.reloadMillis()).isEqualTo(250);
  }

  @Test
  void refusesTheDeprecatedFieldBesideThePolicyThatReplacesIt() throws Exception {
    for (var policy : List.of("FAIL_OPEN", "FAIL_CLOSED", "FAIL_RELOAD")) {
      assertThat(
              problems(
                  "config: {fail_open: true, failure_policy: "
                      + policy
                      + ", vm_config: {code: {local: {filename: a}}}}"))
          .containsExactly(
              "listener 'main': http_filters[0].typed_config.config.fail_open: cannot be combined"
                  + " with failure_policy; keep failure_policy");
    }
  }

  @Test
  void takesEveryNameThatEnvoyHasForARuntimeOfWasm() throws Exception {
    for (var name : List.of("", "v8", "wasmtime", "wamr")) {
      var runtime = name.isEmpty() ? "\"\"" : "envoy.wasm.runtime." + name;
      var settings =
          valid("config: {vm_config: {runtime: " + runtime + ", code: {local: {filename: a}}}}");

      assertThat(settings.code()).isEqualTo(new Code.File(Path.of("a")));
    }
  }

  @Test
  void readsWhereCodeIsToBeFetchedFrom() throws Exception {
    var digest = "0123456789abcdef".repeat(4);
    var code =
        "config: {vm_config: {nack_on_code_cache_miss: true, code: {remote: {sha256: %s, http_uri:"
            + " {uri: %s, cluster: c, timeout: 1.5s}%s}}}}";

    assertThat(valid(code.formatted(digest, "https://a.example:8/b/c?d", "")).code())
        .isEqualTo(
            new Code.Remote(
                "c",
                "https://a.example:8/b/c?d",
                "a.example:8",
                "/b/c?d",
                1500,
                digest,
                new PluginSettings.Retry(1, 1000, 10_000),
                true));
    assertThat(
            valid(
                    code.formatted(
                        digest,
                        "a.example",
                        ", retry_policy: {num_retries: 3, retry_back_off: {base_interval: 0.2s}}"))
                .code())
        .isEqualTo(
            new Code.Remote(
                "c",
                "a.example",
                "a.example",
                "/",
                1500,
                digest,
                new PluginSettings.Retry(3, 200, 2000),
                true));
  }

  @Test
  void allowPrecompiledChangesNothingSinceModulesAreCompiledHere() throws Exception {
    var with =
        valid("config: {vm_config: {allow_precompiled: true, code: {local: {filename: a}}}}");
    var without = valid("config: {vm_config: {code: {local: {filename: a}}}}");

    assertThat(VmKey.of(with, "")).isEqualTo(VmKey.of(without, ""));
  }

  @Test
  void passesOnHostVariablesThatExist() throws Exception {
    var settings =
        valid(
            "config: {vm_config: {code: {local: {filename: a}}, environment_variables:"
                + " {host_env_keys: [PATH, NO_SUCH_VARIABLE]}}}");

    assertThat(settings.vm().environment()).containsOnlyKeys("PATH");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | config.vm_config.code: no module: set local.filename or local.inline_bytes",
        "{code: {local: {}}} | config.vm_config.code.local: no module: set filename or"
            + " inline_bytes",
        "{code: {local: {environment_variable: X}}} |"
            + " config.vm_config.code.local.environment_variable: a module cannot come from there;"
            + " use filename",
        "{code: {remote: {sha256: x}}} | config.vm_config.code.remote.sha256: 'x' is not a SHA-256"
            + " in 64 lower-case hex digits",
        "{code: {remote: {retry_policy: {retry_on: 5xx}}}} |"
            + " config.vm_config.code.remote.retry_policy: only num_retries and retry_back_off can"
            + " be set: every failure is tried again",
        "{code: {remote: {retry_policy: {retry_back_off: {base_interval: 2s, max_interval: 1s}}}}}"
            + " | config.vm_config.code.remote.retry_policy.retry_back_off.max_interval: must be"
            + " greater than or equal to the base_interval",
        "{runtime: envoy.wasm.runtime.null, code: {local: {filename: a}}} |"
            + " config.vm_config.runtime: 'envoy.wasm.runtime.null' is not a Wasm runtime; leave it"
            + " empty or use envoy.wasm.runtime.v8",
        "{code: {local: {filename: a}}, environment_variables: {host_env_keys: [PATH], key_values:"
            + " {PATH: x}}} | config.vm_config.environment_variables: key 'PATH' is given twice",
      })
  void saysWhatIsWrong(String vmConfig, String problem) throws Exception {
    assertThat(problems("config: {vm_config: " + vmConfig + "}"))
        .contains("listener 'main': http_filters[0].typed_config." + problem);
  }

  private static byte[] inline(PluginSettings settings) {
    return switch (settings.code()) {
      case Code.Inline(var bytes) -> bytes;
      case Code.File(var path) -> throw new AssertionError(path);
      case Code.Remote remote -> throw new AssertionError(remote.toString());
    };
  }

  private static PluginSettings valid(String yaml) throws InvalidProtocolBufferException {
    return switch (parse(yaml)) {
      case Parsed.Valid<PluginSettings>(var settings) -> settings;
      case Parsed.Invalid<PluginSettings>(var problems) -> throw new AssertionError(problems);
    };
  }

  private static List<String> problems(String yaml) throws InvalidProtocolBufferException {
    return parse(yaml).problems().stream().map(ConfigProblem::text).toList();
  }

  private static Parsed<PluginSettings> parse(String yaml) throws InvalidProtocolBufferException {
    var read =
        new ConfigReader(SCHEMA)
            .read(ConfigText.yaml("p", yaml), "envoy.extensions.filters.http.wasm.v3.Wasm");
    return switch (read) {
      case Parsed.Valid<byte[]>(var bytes) ->
          PluginConfigParser.parse(Wasm.parseFrom(bytes).getConfig(), CONTEXT);
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(problems);
    };
  }
}
