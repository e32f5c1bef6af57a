package dev.outrider.proxy.xds.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.config.BodyFormat;
import dev.outrider.proxy.config.LocalReplyOptions;
import dev.outrider.proxy.config.LogFilter;
import dev.outrider.proxy.config.LogFilter.Comparison;
import dev.outrider.proxy.config.LogFilter.Operator;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.xds.Resources;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalReplyParserTest {
  private static final String PLACE =
      "filter_chains[0].filters[0].typed_config.local_reply_config.";

  private static String listener(String config) {
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
          http_filters: [{name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]
          local_reply_config: {%s}
    """
        .formatted(config);
  }

  private static LocalReplyOptions parse(String config) {
    var resource = (ListenerResource) Yaml.valid(ResourceKind.LISTENER, listener(config));
    return Resources.http(resource.listener().chains().all().getFirst()).localReplies();
  }

  private static LogFilter filter(String filter) {
    return parse("mappers: [{filter: {%s}}]".formatted(filter)).mappers().getFirst().filter();
  }

  private static String text(BodyFormat format) {
    var out = new ValueBuffer();
    var info = new StreamInfo();
    info.localReplyBody("body".getBytes(StandardCharsets.UTF_8));
    format.write(info, out);
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void readsMappers() {
    var options =
        parse(
            """
            mappers: [{filter: {not_health_check_filter: {}}, status_code: 410, body: {inline_string: gone},
              headers_to_add: [{header: {key: X-A, value: b}, append_action: ADD_IF_ABSENT, keep_empty_value: true},
                {header: {key: x-b, value: c}, append: false}, {header: {key: x-c, raw_value: ZA==}}],
              body_format_override: {text_format: "<%LOCAL_REPLY_BODY%>", content_type: text/html}}],
            body_format: {json_format: {a: "%LOCAL_REPLY_BODY%", b: [1, null, true]}}
            """);

    var mapper = options.mappers().getFirst();
    assertThat(mapper.filter()).isEqualTo(new LogFilter.NotHealthCheck());
    assertThat(mapper.status()).isEqualTo(410);
    assertThat(mapper.body()).isEqualTo("gone");
    assertThat(mapper.headers())
        .extracting(edit -> ((HeaderEdit.Put) edit).name() + " " + ((HeaderEdit.Put) edit).mode())
        .containsExactly("x-a ADD_IF_ABSENT", "x-b OVERWRITE", "x-c APPEND");
    assertThat(((HeaderEdit.Put) mapper.headers().getFirst()).keepEmpty()).isTrue();
    var own = Objects.requireNonNull(mapper.format());
    assertThat(text(own)).isEqualTo("<body>");
    assertThat(own.contentType()).isEqualTo("text/html");
    var general = Objects.requireNonNull(options.format());
    assertThat(text(general)).isEqualTo("{\"a\":\"body\",\"b\":[1,null,true]}\n");
    assertThat(general.contentType()).isEqualTo("application/json");
  }

  @Test
  void readsFilters() {
    var value = "value: {default_value: 7, runtime_key: k}";

    assertThat(filter("status_code_filter: {comparison: {op: GE, %s}}".formatted(value)))
        .isEqualTo(new LogFilter.StatusCode(new Comparison(Operator.AT_LEAST, "k", 7)));
    assertThat(filter("duration_filter: {comparison: {op: LE, %s}}".formatted(value)))
        .isEqualTo(new LogFilter.Duration(new Comparison(Operator.AT_MOST, "k", 7)));
    assertThat(filter("response_flag_filter: {flags: [NR, UF]}"))
        .isEqualTo(
            new LogFilter.Flags(
                List.of(ResponseFlag.NO_ROUTE_FOUND, ResponseFlag.UPSTREAM_CONNECTION_FAILURE)));
    assertThat(filter("grpc_status_filter: {statuses: [OK, INTERNAL], exclude: true}"))
        .isEqualTo(new LogFilter.GrpcStatus(1 | 1 << 13, true));
    var two = "{filters: [{not_health_check_filter: {}}, {response_flag_filter: {}}]}";
    assertThat(filter("and_filter: " + two))
        .isEqualTo(
            new LogFilter.And(
                List.of(new LogFilter.NotHealthCheck(), new LogFilter.Flags(List.of()))));
    assertThat(filter("or_filter: " + two)).isInstanceOf(LogFilter.Or.class);
    assertThat(filter("header_filter: {header: {name: x, present_match: true}}"))
        .isInstanceOf(LogFilter.Header.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mappers: [{filter: {metadata_filter: {}}}] | mappers[0].filter.metadata_filter: is not"
            + " supported",
        "mappers: [{filter: {extension_filter: {name: x}}}] | mappers[0].filter.extension_filter:"
            + " filter 'x' () is not supported",
        "mappers: [{filter: {not_health_check_filter: {}}, body: {filename: x}}] | mappers[0].body:"
            + " only inline_string and inline_bytes are supported",
        "mappers: [{filter: {not_health_check_filter: {}}, headers_to_add: [{header: {key:"
            + " ':status', value: x}}]}] | mappers[0].headers_to_add[0].header.key: :-prefixed or"
            + " host headers may not be modified",
        "body_format: {text_format: '%NOPE%'} | body_format.text_format: unknown operator %NOPE%",
        "body_format: {text_format: '%REQ_WITHOUT_QUERY(:path)%'} | body_format.text_format:"
            + " operator %REQ_WITHOUT_QUERY(:path)% needs the formatter"
            + " envoy.formatter.req_without_query",
        "body_format: {text_format: x, formatters: [{name: x}]} | body_format.formatters[0]:"
            + " formatter 'x' () is not supported",
      })
  void refusesWhatItCannotDo(String config, String problem) {
    assertThat(Yaml.problems(ResourceKind.LISTENER, listener(config))).contains(PLACE + problem);
  }
}
