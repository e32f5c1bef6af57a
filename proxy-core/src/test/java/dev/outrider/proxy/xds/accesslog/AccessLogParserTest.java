package dev.outrider.proxy.xds.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.config.FilteredLogger;
import dev.outrider.proxy.config.LogFilter;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.xds.Resources;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  private static LogFilter filter(String config) {
    var yaml = listener(FILE, ", filter: {" + config + "}");
    var resource = (ListenerResource) Yaml.valid(ResourceKind.LISTENER, yaml);
    var loggers = Resources.http(resource.listener().chains().all().getFirst()).accessLogs();
    return ((FilteredLogger) loggers.getFirst()).filter();
  }

  private static StreamInfo stream(int status, String requestId) {
    var info = new StreamInfo();
    info.requestHead(Streams.head(HeadKind.REQUEST, "x-request-id", requestId));
    info.responseCode(status);
    return info;
  }

  @Test
  void tellsALogOnlyOfWhatItsFilterLetsThrough() {
    var errors =
        filter(
            "status_code_filter: {comparison: {op: GE, value: {default_value: 500, runtime_key:"
                + " k}}}");

    assertThat(errors.matches(stream(503, ""))).isTrue();
    assertThat(errors.matches(stream(200, ""))).isFalse();
    assertThat(filter("not_health_check_filter: {}").matches(stream(200, ""))).isTrue();
    assertThat(filter("traceable_filter: {}").matches(stream(200, ""))).isFalse();
  }

  @Test
  void theSameFilterInANewVersionIsNoChange() {
    var config = "header_filter: {header: {name: a, string_match: {exact: b}}}";

    assertThat(filter(config)).isEqualTo(filter(config)).hasSameHashCodeAs(filter(config));
    assertThat(filter(config)).isNotEqualTo(filter(config.replace("exact", "prefix")));
  }

  /// As Envoy: the first eight digits, modulo the denominator.
  @Test
  void theRequestIdDecidesWhetherAStreamIsSampled() {
    var sampled = filter("runtime_filter: {runtime_key: k, percent_sampled: {numerator: 50}}");

    assertThat(sampled.matches(stream(200, "00000031-0000-4000-8000-000000000000"))).isTrue();
    assertThat(sampled.matches(stream(200, "00000032-0000-4000-8000-000000000000"))).isFalse();
    assertThat(sampled.matches(stream(200, "ffffffff-0000-4000-8000-000000000000"))).isFalse();
  }

  @Test
  void theShareMayBeFine() {
    var sampled =
        filter(
            "runtime_filter: {runtime_key: k, percent_sampled: {numerator: 5000, denominator:"
                + " TEN_THOUSAND}}");

    assertThat(sampled.matches(stream(200, "00001387-0000-4000-8000-000000000000"))).isTrue();
    assertThat(sampled.matches(stream(200, "00001388-0000-4000-8000-000000000000"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0, false", "100, true"})
  void chanceDecidesWithoutARequestIdAndWhereThatIsAskedFor(int percent, boolean taken) {
    var config = "runtime_filter: {runtime_key: k, percent_sampled: {numerator: %d}, %s}";
    var byId = filter(config.formatted(percent, ""));
    var independent = filter(config.formatted(percent, "use_independent_randomness: true"));

    assertThat(byId.matches(stream(200, "no id"))).isEqualTo(taken);
    assertThat(independent.matches(stream(200, "00000031-0000"))).isEqualTo(taken);
  }

  @Test
  void keepsToTheMomentsThatAreAskedFor() {
    var starts = filter("log_type_filter: {types: [DownstreamStart, UdpPeriodic]}");
    var others = filter("log_type_filter: {types: [DownstreamStart], exclude: true}");
    var info = stream(200, "");

    info.logType(AccessLogType.DOWNSTREAM_START);
    assertThat(starts.matches(info)).isTrue();
    assertThat(others.matches(info)).isFalse();
    info.logType(AccessLogType.DOWNSTREAM_END);
    assertThat(starts.matches(info)).isFalse();
    assertThat(others.matches(info)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"metadata_filter", "extension_filter"})
  void refusesToLogWhatAFilterWouldLeaveOut(String field) {
    var yaml = listener(FILE, ", filter: {and_filter: {filters: [{" + field + ": {}}]}}");

    assertThat(Yaml.problems(ResourceKind.LISTENER, yaml))
        .contains(PREFIX + ".filter.and_filter.filters[0]." + field + ": is not supported");
  }

  private static AccessLogOptions options(String config) {
    var yaml = listener(FILE, "").replace("stat_prefix: in", "stat_prefix: in\n      " + config);
    var resource = (ListenerResource) Yaml.valid(ResourceKind.LISTENER, yaml);
    return Resources.http(resource.listener().chains().all().getFirst()).logOptions();
  }

  @Test
  void readsWhenElseToWrite() {
    assertThat(options("")).isEqualTo(AccessLogOptions.NONE);
    assertThat(
            options(
                "access_log_options: {flush_access_log_on_new_request: true,"
                    + " flush_log_on_tunnel_successfully_established: true,"
                    + " access_log_flush_interval: 2s}"))
        .isEqualTo(new AccessLogOptions(true, true, 2_000));
    assertThat(
            options("flush_access_log_on_new_request: true\n      access_log_flush_interval: 1s"))
        .isEqualTo(new AccessLogOptions(true, false, 1_000));
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
