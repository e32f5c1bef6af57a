package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.xds.Resource.ListenerResource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessLogParserTest {
  private static final String PREFIX = "filter_chains[0].filters[0].typed_config.access_log[0]";
  private static final String FILE =
      "'@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path:"
          + " /tmp/log";
  private static final String STDOUT =
      "'@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
  private static final String STDERR =
      "'@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StderrAccessLog";

  private static String listener(String config, String more) {
    return """
    name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          rds: {route_config_name: r, config_source: {ads: {}}}
          http_filters:
          - {name: router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
          access_log: [{name: log, typed_config: {%s} %s}]
    """
        .formatted(config, more);
  }

  private static AccessLogConfig log(String config) {
    var resource = (ListenerResource) Yaml.valid(ResourceKind.LISTENER, listener(config, ""));
    var loggers = Resources.http(resource.listener().chains().all().getFirst()).accessLogs();
    return ((RecordingLogs.Opened) loggers.getFirst()).config();
  }

  private static List<String> problems(String config) {
    return Yaml.problems(ResourceKind.LISTENER, listener(config, ""));
  }

  @Test
  void readsWhereLinesGo() {
    assertThat(log(FILE)).isEqualTo(new AccessLogConfig(new Sink.File("/tmp/log"), null));
    assertThat(log(STDOUT)).isEqualTo(new AccessLogConfig(new Sink.Stdout(), null));
    assertThat(log(STDERR)).isEqualTo(new AccessLogConfig(new Sink.Stderr(), null));
  }

  private static String wasm(String name) {
    return "'@type': type.googleapis.com/envoy.extensions.access_loggers.wasm.v3.WasmAccessLog,"
        + " config: {name: "
        + name
        + "}";
  }

  @Test
  void leavesOtherLogsToTheirExtensionsAndKeepsTheOrder() {
    var two = listener(wasm("good"), "}, {name: log, typed_config: {" + FILE + "}");
    var resource = (ListenerResource) Yaml.valid(ResourceKind.LISTENER, two);

    assertThat(Resources.http(resource.listener().chains().all().getFirst()).accessLogs())
        .hasExactlyElementsOfTypes(RecordingLogs.Extension.class, RecordingLogs.Opened.class)
        .first()
        .isEqualTo(new RecordingLogs.Extension("good"));
    assertThat(problems(wasm("bad")))
        .containsExactly(PREFIX + ".typed_config.config: the guest refuses");
  }

  @Test
  void readsEveryPlaceOfATextFormat() {
    assertThat(log(FILE + ", format: \"%PROTOCOL%\"").format()).isEqualTo("%PROTOCOL%");
    assertThat(log(FILE + ", log_format: {text_format: \"%PROTOCOL%\"}").format())
        .isEqualTo("%PROTOCOL%");
    assertThat(
            log(STDOUT + ", log_format: {text_format_source: {inline_string: \"%PROTOCOL%\"}}")
                .format())
        .isEqualTo("%PROTOCOL%");
    assertThat(
            log(STDERR + ", log_format: {text_format_source: {inline_string: \"%PROTOCOL%\"}}")
                .format())
        .isEqualTo("%PROTOCOL%");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "json_format: {a: b} | .typed_config.json_format: is not supported",
        "typed_json_format: {a: b} | .typed_config.typed_json_format: is not supported",
        "log_format: {json_format: {a: b}} | .typed_config.log_format.json_format: is not"
            + " supported",
        "log_format: {text_format_source: {filename: /x}} |"
            + " .typed_config.log_format.text_format_source: only inline_string is supported",
        "format: `%BAD%` | : unknown operator BAD",
      })
  void refusesFormatsThatItCannotWrite(String format, String problem) {
    assertThat(problems(FILE + ", " + format.replace('`', '"'))).contains(PREFIX + problem);
  }

  @Test
  void refusesToLogWhatAFilterWouldLeaveOut() {
    assertThat(
            Yaml.problems(
                ResourceKind.LISTENER, listener(FILE, ", filter: {not_health_check_filter: {}}")))
        .contains(PREFIX + ".filter: is not supported");
  }

  @Test
  void refusesSinksThatItDoesNotKnow() {
    assertThat(problems("'@type': type.googleapis.com/google.protobuf.Struct"))
        .contains(
            PREFIX
                + ".typed_config: Didn't find a registered implementation for 'log' with type URL:"
                + " 'google.protobuf.Struct'");
  }
}
