package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Expected texts are those of Envoy 1.40.
class PrometheusTextTest {
  private static final StatFilter USED = new StatFilter(true, _ -> true);

  private final MetricRegistry registry = new MetricRegistry(1);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cluster.service_a.upstream_rq_total          | envoy_cluster_upstream_rq_total{envoy_cluster_name="service_a"} 7
          cluster.service_a.upstream_rq_200            | envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="service_a"} 7
          cluster.a.external.upstream_rq_5xx           | envoy_cluster_external_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="a"} 7
          http.main.downstream_cx_total                | envoy_http_downstream_cx_total{envoy_http_conn_manager_prefix="main"} 7
          http.main.downstream_rq_2xx                  | envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="main"} 7
          http.in.rds.rc.update_success                | envoy_http_rds_update_success{envoy_http_conn_manager_prefix="in",envoy_rds_route_config="rc"} 7
          listener.127.0.0.1_20600.downstream_cx_total | envoy_listener_downstream_cx_total{envoy_listener_address="127.0.0.1_20600"} 7
          listener.[__1]_80.downstream_cx_total        | envoy_listener_downstream_cx_total{envoy_listener_address="[__1]_80"} 7
          cluster.c.ssl.certificate.my.cert.expiration_unix_time_seconds | envoy_cluster_ssl_certificate_expiration_unix_time_seconds{envoy_tls_certificate="my.cert",envoy_cluster_name="c"} 7
          listener.1.2.3.4_5.ssl.certificate.own.expiration_unix_time_seconds | envoy_listener_ssl_certificate_expiration_unix_time_seconds{envoy_tls_certificate="own",envoy_listener_address="1.2.3.4_5"} 7
          listener.admin.downstream_cx_total           | envoy_listener_admin_downstream_cx_total{} 7
          listener.1.2.3.4_5.http.m.downstream_rq_1xx  | envoy_listener_http_downstream_rq_xx{envoy_response_code_class="1",envoy_http_conn_manager_prefix="m",envoy_listener_address="1.2.3.4_5"} 7
          listener.1.2.3.4_5.worker_0.downstream_cx_total | envoy_listener_worker_downstream_cx_total{envoy_worker_id="0",envoy_listener_address="1.2.3.4_5"} 7
          cluster_manager.cluster_added                | envoy_cluster_manager_cluster_added{} 7
          wasm.envoy.wasm.runtime.v8.created           | envoy_wasm_envoy_wasm_runtime_v8_created{} 7
          wasmcustom.my_counter                        | my_counter{} 7
          """)
  void takesTagsOutOfNames(String name, String line) {
    registry.counter(name).add(7);

    assertThat(PrometheusText.of(registry, USED).lines().toList()).hasSize(2).endsWith(line);
  }

  @Test
  void groupsSeriesUnderOneType() {
    registry.counter("cluster.b.x").inc();
    registry.counter("cluster.a.x").inc();
    registry.gauge("cluster.a.active").set(3);

    assertThat(PrometheusText.of(registry, StatFilter.ALL))
        .isEqualTo(
            """
            # TYPE envoy_cluster_x counter
            envoy_cluster_x{envoy_cluster_name="a"} 1
            envoy_cluster_x{envoy_cluster_name="b"} 1
            # TYPE envoy_cluster_active gauge
            envoy_cluster_active{envoy_cluster_name="a"} 3
            """);
  }

  @Test
  void escapesLabelValues() {
    registry.counter("cluster.a\\b\"c\nd.x").inc();

    assertThat(PrometheusText.of(registry, USED))
        .contains("envoy_cluster_name=\"a\\\\b\\\"c\\nd\"");
  }

  @Test
  void dropsGuestNamesThatBeginWithADigit() {
    registry.counter("wasmcustom.1st").inc();
    registry.counter("wasmcustom.a-b.c").inc();

    assertThat(PrometheusText.of(registry, USED)).isEqualTo("# TYPE a_b_c counter\na_b_c{} 1\n");
  }

  @Test
  void printsQuantilesOfTheLastInterval() {
    var histogram = registry.histogram("cluster.a.upstream_rq_time");
    histogram.record(1);
    registry.flush();
    histogram.record(9);
    registry.flush();

    assertThat(PrometheusText.parts(registry, USED, false, true).all())
        .startsWith(
            """
            # TYPE envoy_cluster_upstream_rq_time summary
            envoy_cluster_upstream_rq_time{envoy_cluster_name="a",quantile="0"} 9.0500000000000007105427357601002
            envoy_cluster_upstream_rq_time{envoy_cluster_name="a",quantile="0.25"} 9.0500000000000007105427357601002
            """)
        .contains("{envoy_cluster_name=\"a\",quantile=\"0.995\"}", "quantile=\"1\"} 9.05")
        .endsWith("envoy_cluster_upstream_rq_time_count{envoy_cluster_name=\"a\"} 1\n");
  }

  @Test
  void labelsQuantilesAsEnvoy() {
    registry.histogram("h").record(1);

    var labels =
        PrometheusText.parts(registry, StatFilter.ALL, false, true)
            .all()
            .lines()
            .filter(line -> line.startsWith("envoy_h{quantile="))
            .map(line -> line.replaceAll(".*\"(.*)\".*", "$1"));
    assertThat(labels)
        .containsExactly("0", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99", "0.995", "0.999", "1");
  }

  @Test
  void printsNoQuantileOfNothing() {
    registry.histogram("h");

    assertThat(PrometheusText.parts(registry, StatFilter.ALL, false, true).all())
        .contains("envoy_h{quantile=\"0.5\"} nan\n", "envoy_h_sum{} 0\n", "envoy_h_count{} 0\n");
  }

  @Test
  void printsHistogramsCumulatively() {
    var histogram = registry.histogram("cluster.a.upstream_rq_time");
    histogram.record(0);
    histogram.record(1);
    histogram.record(40);

    assertThat(PrometheusText.of(registry, USED))
        .contains(
            "# TYPE envoy_cluster_upstream_rq_time histogram\n",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"0.5\"} 1\n",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"1\"} 2\n",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"25\"} 2\n",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"50\"} 3\n",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"3600000\"} 3\n",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"+Inf\"} 3\n",
            "envoy_cluster_upstream_rq_time_count{envoy_cluster_name=\"a\"} 3\n")
        .containsPattern(
            "envoy_cluster_upstream_rq_time_sum\\{envoy_cluster_name=\"a\"} 41\\.54\\d+\n");
  }
}
