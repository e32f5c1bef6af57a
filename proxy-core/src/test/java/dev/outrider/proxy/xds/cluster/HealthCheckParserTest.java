package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.health.CheckIntervals;
import dev.outrider.proxy.health.CheckLogSpec;
import dev.outrider.proxy.health.FitnessSpec;
import dev.outrider.proxy.health.HealthCheckSpec;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.health.ProbeSpec.StatusRange;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class HealthCheckParserTest {
  private static final String CLUSTER = "{name: c, type: STATIC, %s}";
  private static final String CHECK =
      "health_checks: [{timeout: 1s, interval: 2s, unhealthy_threshold: 3, healthy_threshold: 4,"
          + " %s}]";

  private static FitnessSpec fitness(String fields) {
    return ((ClusterResource) Yaml.valid(ResourceKind.CLUSTER, CLUSTER.formatted(fields)))
        .fitness();
  }

  private static HealthCheckSpec check(String fields) {
    return Objects.requireNonNull(fitness(CHECK.formatted(fields)).check());
  }

  private static ProbeSpec.Http http(String fields) {
    return (ProbeSpec.Http) check("http_health_check: {path: /h, %s}".formatted(fields)).probe();
  }

  private static List<String> problems(String fields) {
    return Yaml.problems(ResourceKind.CLUSTER, CLUSTER.formatted(CHECK.formatted(fields)));
  }

  private static List<String> httpProblems(String fields) {
    return problems("http_health_check: {path: /h, %s}".formatted(fields));
  }

  @Test
  void asksNobodyWithoutOne() {
    assertThat(fitness("")).isEqualTo(FitnessSpec.NONE);
  }

  @Test
  void hasEnvoysDefaults() {
    var check = check("http_health_check: {path: /h}");

    assertThat(check.timeoutMillis()).isEqualTo(1_000);
    assertThat(check.unhealthyThreshold()).isEqualTo(3);
    assertThat(check.healthyThreshold()).isEqualTo(4);
    assertThat(check.reusesConnection()).isTrue();
    assertThat(check.intervals())
        .isEqualTo(new CheckIntervals(2_000, 2_000, 2_000, 2_000, 60_000, 60_000, 0, 0, 0));
    var http = (ProbeSpec.Http) check.probe();
    assertThat(http.method()).isEqualTo("GET");
    assertThat(http.path()).isEqualTo("/h");
    assertThat(http.version()).isEqualTo(HttpVersion.HTTP1);
    assertThat(http.expected()).containsExactly(new StatusRange(200, 201));
    assertThat(http.bufferBytes()).isEqualTo(1024);
    assertThat(http.serviceName()).isNull();
  }

  @Test
  void readsWhenItAsks() {
    var check =
        check(
            """
            no_traffic_interval: 5s, no_traffic_healthy_interval: 6s, unhealthy_interval: 7s,
            unhealthy_edge_interval: 8s, healthy_edge_interval: 9s, initial_jitter: 10s,
            interval_jitter: 11s, interval_jitter_percent: 12, reuse_connection: false,
            always_log_health_check_failures: true, tcp_health_check: {}
            """);

    assertThat(check.intervals())
        .isEqualTo(
            new CheckIntervals(2_000, 9_000, 7_000, 8_000, 5_000, 6_000, 10_000, 11_000, 12));
    assertThat(check.reusesConnection()).isFalse();
  }

  @Test
  void readsWhatItAsksOverHttp() {
    var http =
        http(
            """
            host: a.test, method: POST, send: {text: "6869"}, receive: [{text: "6f6b"}],
            response_buffer_size: 10, codec_client_type: HTTP2,
            request_headers_to_add: [{header: {key: x-a, value: b}}],
            request_headers_to_remove: [user-agent],
            expected_statuses: [{start: 200, end: 300}],
            retriable_statuses: [{start: 500, end: 600}],
            service_name_matcher: {prefix: users}
            """);

    assertThat(http.host()).isEqualTo("a.test");
    assertThat(http.method()).isEqualTo("POST");
    assertThat(http.body()).isEqualTo(new byte[] {'h', 'i'});
    assertThat(http.expects().pieces()).containsExactly(new byte[] {'o', 'k'});
    assertThat(http.bufferBytes()).isEqualTo(10);
    assertThat(http.version()).isEqualTo(HttpVersion.HTTP2);
    assertThat(http.edits()).hasSize(2);
    assertThat(http.expected()).containsExactly(new StatusRange(200, 300));
    assertThat(http.retriable()).containsExactly(new StatusRange(500, 600));
    assertThat(http.serviceName()).isNotNull();
  }

  @Test
  void readsWhatItAsksOverTcpAndGrpc() {
    var tcp =
        (ProbeSpec.Tcp)
            check("tcp_health_check: {send: {text: \"01\"}, receive: [{binary: Ag==}]}").probe();
    assertThat(tcp.send()).containsExactly(1);
    assertThat(tcp.expects().pieces()).containsExactly(new byte[] {2});

    var resource =
        (ClusterResource)
            Yaml.valid(
                ResourceKind.CLUSTER,
                CLUSTER.formatted(
                    CHECK.formatted(
                            "grpc_health_check: {service_name: s, authority: a, initial_metadata:"
                                + " [{header: {key: k, value: v}}]}")
                        + ", http2_protocol_options: {}"));
    var grpc = (ProbeSpec.Grpc) Objects.requireNonNull(resource.fitness().check()).probe();
    assertThat(grpc.service()).isEqualTo("s");
    assertThat(grpc.authority()).isEqualTo("a");
    assertThat(grpc.metadata()).hasSize(1);
  }

  @Test
  void readsWhatBecomesOfHostsThatGo() {
    assertThat(fitness("ignore_health_on_host_removal: true").removesFit()).isTrue();
  }

  @Test
  void refusesWhatEnvoyRefuses() {
    assertThat(httpProblems("expected_statuses: [{start: 200, end: 200}]"))
        .containsExactly(
            "health_checks[0].http_health_check.expected_statuses: Invalid http expected status"
                + " range: expecting start < end, but found start=200 and end=200");
    assertThat(httpProblems("expected_statuses: [{start: 50, end: 200}]").getFirst())
        .endsWith("expected status range: expecting start >= 100, but found start=50");
    assertThat(httpProblems("retriable_statuses: [{start: 500, end: 700}]").getFirst())
        .endsWith("retriable status range: expecting end <= 600, but found end=700");
    assertThat(httpProblems("send: {text: \"00\"}").getFirst())
        .contains("HTTP health check cannot specify a request payload with method 'GET'.");
    assertThat(httpProblems("receive: [{text: zz}]"))
        .containsExactly(
            "health_checks[0].http_health_check.receive[0].text: invalid hex string 'zz'");
    assertThat(httpProblems("response_buffer_size: 1, receive: [{text: \"0102\"}]").getFirst())
        .endsWith(
            "The expected response length '2' is over than http health response buffer size '1'");
    assertThat(problems("grpc_health_check: {}"))
        .containsExactly(
            "health_checks[0].grpc_health_check: c cluster must support HTTP/2 for gRPC"
                + " healthchecking");
    assertThat(problems("custom_health_check: {name: none}"))
        .containsExactly(
            "health_checks[0].custom_health_check: Didn't find a registered implementation for"
                + " 'none' with type URL: ''");
  }

  private static ProbeSpec.Preface preface(String fields) {
    return ((ProbeSpec.Tcp) check("tcp_health_check: {" + fields + "}").probe()).preface();
  }

  @Test
  void readsWithWhatACheckOfTcpBegins() {
    assertThat(preface("")).isEqualTo(ProbeSpec.Preface.NONE);
    assertThat(preface("proxy_protocol_config: {}")).isEqualTo(ProbeSpec.Preface.TEXT);
    assertThat(preface("proxy_protocol_config: {version: V2}")).isEqualTo(ProbeSpec.Preface.BINARY);
  }

  @Test
  void readsWhereWhatIsFoundIsWritten() {
    assertThat(check("tcp_health_check: {}").log()).isEqualTo(CheckLogSpec.NONE);
    assertThat(
            check(
                    """
                    event_log_path: /logs/a, always_log_health_check_failures: true,
                    always_log_health_check_success: true, event_logger: [{name: f, typed_config:
                      {"@type": type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink,
                       event_log_path: /logs/b}}], tcp_health_check: {}
                    """)
                .log())
        .isEqualTo(new CheckLogSpec(List.of("/logs/a", "/logs/b"), true, true));
  }

  @Test
  void severalChecksNeedNamesThatTheSchemaDoesNotHave() {
    var one =
        "{timeout: 1s, interval: 2s, unhealthy_threshold: 3, healthy_threshold: 4,"
            + " tcp_health_check: {}}";
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                CLUSTER.formatted("health_checks: [" + one + ", " + one + "]")))
        .containsExactly(
            "health_checks: health check at index 0 is missing a name; all health checks must have"
                + " a name when multiple health checks are configured");
  }

  @Test
  void refusesWhatIsNotSupported() {
    assertThat(
            problems(
                """
                event_logger:
                  [{name: log, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct}}],
                tls_options: {}, transport_socket_match_criteria: {}, tcp_health_check: {}
                """))
        .containsExactly(
            "health_checks[0].tls_options: is not supported",
            "health_checks[0].transport_socket_match_criteria: is not supported",
            "health_checks[0].event_logger[0]: Didn't find a registered implementation for 'log'"
                + " with type URL: 'google.protobuf.Struct'");
    assertThat(httpProblems("codec_client_type: HTTP3"))
        .containsExactly(
            "health_checks[0].http_health_check.codec_client_type: only HTTP1 and HTTP2 are"
                + " supported");
  }
}
