package dev.outrider.proxy.xds.accesslog;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.config.FilteredLogger;
import dev.outrider.proxy.config.LineFormat;
import dev.outrider.proxy.config.LogFilter;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.runtime.RuntimeLayer;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.xds.Resources;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    assertThat(log(FILE))
        .isEqualTo(new AccessLogConfig(new Sink.File("/tmp/log"), new LineFormat.Standard()));
    assertThat(log(STDOUT))
        .isEqualTo(new AccessLogConfig(new Sink.Stdout(), new LineFormat.Standard()));
    assertThat(log(STDERR))
        .isEqualTo(new AccessLogConfig(new Sink.Stderr(), new LineFormat.Standard()));
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
    assertThat(log(FILE + ", format: \"%PROTOCOL%\"").format())
        .isEqualTo(new LineFormat.Text("%PROTOCOL%"));
    assertThat(log(FILE + ", log_format: {text_format: \"%PROTOCOL%\"}").format())
        .isEqualTo(new LineFormat.Text("%PROTOCOL%"));
    assertThat(
            log(STDOUT + ", log_format: {text_format_source: {inline_string: \"%PROTOCOL%\"}}")
                .format())
        .isEqualTo(new LineFormat.Text("%PROTOCOL%"));
    assertThat(
            log(STDERR + ", log_format: {text_format_source: {inline_string: \"%PROTOCOL%\"}}")
                .format())
        .isEqualTo(new LineFormat.Text("%PROTOCOL%"));
  }

  @Test
  void readsEveryPlaceOfAJsonFormat() {
    var members = "members={a=%PROTOCOL%, n=1.0, none=null, o={l=[true, x]}}";
    var object = "{a: \"%PROTOCOL%\", n: 1, none: null, o: {l: [true, x]}}";

    assertThat(log(FILE + ", json_format: " + object).format())
        .isEqualTo(log(FILE + ", typed_json_format: " + object).format())
        .hasToString("Json[" + members + ", omitEmpty=false, withoutQuery=false]");
    assertThat(
            log(FILE
                    + ", log_format: {omit_empty_values: true, json_format_options:"
                    + " {sort_properties: false}, content_type: a/b, json_format: "
                    + object
                    + "}")
                .format())
        .hasToString("Json[" + members + ", omitEmpty=true, withoutQuery=false]");
  }

  @Test
  void readsAFormatFromAFile(@TempDir Path folder) throws IOException {
    var file = Files.writeString(folder.resolve("format"), "%PROTOCOL%\n");
    var format = ", log_format: {omit_empty_values: true, text_format_source: {filename: %s}}";

    assertThat(log(FILE + format.formatted(file)).format())
        .isEqualTo(new LineFormat.Text("%PROTOCOL%\n", true, false));
    assertThat(log(STDOUT + format.formatted(file)).format())
        .isEqualTo(log(STDERR + format.formatted(file)).format());
  }

  @Test
  void knowsTheFormattersOfEnvoy() {
    var formatters =
        Stream.of("req_without_query.v3.ReqWithoutQuery", "metadata.v3.Metadata", "cel.v3.Cel")
            .map(
                type ->
                    "{name: f, typed_config: {'@type':"
                        + " type.googleapis.com/envoy.extensions.formatter."
                        + type
                        + "}}")
            .collect(joining(", "));

    assertThat(
            log(STDOUT + ", log_format: {text_format: a, formatters: [" + formatters + "]}")
                .format())
        .isEqualTo(new LineFormat.Text("a", false, true));
  }

  @Test
  void readsAnExpressionAsAFilter() {
    var filter =
        filter(
            "extension_filter: {name: cel, typed_config: {'@type':"
                + " type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter,"
                + " expression: \"response.code >= 400 || request.path.startsWith('/a/')\"}}");
    var info = Streams.begun();
    assertThat(filter.matches(info)).isFalse();

    info.responseCode(503);
    assertThat(filter.matches(info)).isTrue();
    assertThat(filter.matches(Streams.proxied())).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "log_format: {} | .typed_config.log_format: one of text_format_source, json_format is"
            + " required",
        "log_format: {text_format_source: {filename: /no/such}} |"
            + " .typed_config.log_format.text_format_source.filename: Invalid path: /no/such",
        "log_format: {text_format: a, formatters: [{name: f, typed_config: {'@type':"
            + " type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]} |"
            + " .typed_config.log_format.formatters[0]: formatter 'f'"
            + " (envoy.extensions.filters.http.router.v3.Router) is not supported",
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
  void theRuntimeMaySayOtherwise() {
    var sampled = filter("runtime_filter: {runtime_key: k, percent_sampled: {numerator: 50}}");
    var errors =
        filter(
            "status_code_filter: {comparison: {op: GE, value: {default_value: 9, runtime_key:"
                + " k}}}");
    var stream = stream(49, "00000031-0000-4000-8000-000000000000");
    assertThat(sampled.matches(stream)).isTrue();
    assertThat(errors.matches(stream)).isTrue();

    stream.runtime(
        new RuntimeSnapshot(List.of(new RuntimeLayer("l", Map.of("k", RuntimeValue.of(49))))));
    assertThat(sampled.matches(stream)).isFalse();
    assertThat(errors.matches(stream)).isTrue();

    stream.runtime(
        new RuntimeSnapshot(List.of(new RuntimeLayer("l", Map.of("k", RuntimeValue.of(50))))));
    assertThat(sampled.matches(stream)).isTrue();
    assertThat(errors.matches(stream)).isFalse();
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

  /// As Envoy, here and nowhere else: elsewhere a number of the runtime is a percentage.
  @ParameterizedTest
  @CsvSource({"5001, true", "5000, false", "50, false", "'numerator: 99', false"})
  void theRuntimeSpeaksOfTheShareThatIsConfigured(String value, boolean taken) {
    var sampled =
        filter(
            "runtime_filter: {runtime_key: k, percent_sampled: {numerator: 5000, denominator:"
                + " TEN_THOUSAND}}");
    var stream = stream(200, "00001388-0000-4000-8000-000000000000");

    stream.runtime(
        new RuntimeSnapshot(
            List.of(new RuntimeLayer("l", Map.of("k", RuntimeValue.ofText(value))))));

    assertThat(sampled.matches(stream)).isEqualTo(taken);
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
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "metadata_filter: {} | metadata_filter: is not supported",
        "extension_filter: {name: f} | extension_filter: filter 'f' () is not supported",
        "extension_filter: {name: f, typed_config: {'@type':"
            + " type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter,"
            + " expression: 'a b'}} | extension_filter.typed_config.expression: 'a b' is no"
            + " expression",
      })
  void refusesToLogWhatAFilterWouldLeaveOut(String filter, String problem) {
    var yaml = listener(FILE, ", filter: {and_filter: {filters: [{" + filter + "}]}}");

    assertThat(Yaml.problems(ResourceKind.LISTENER, yaml))
        .anyMatch(each -> each.startsWith(PREFIX + ".filter.and_filter.filters[0]." + problem));
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
