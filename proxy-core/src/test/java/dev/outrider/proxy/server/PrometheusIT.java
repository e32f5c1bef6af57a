package dev.outrider.proxy.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.metrics.PrometheusGrammar;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a scraper gets from a whole proxy, read by a strict reader.
@Timeout(60)
class PrometheusIT {
  private static final String CLUSTER = "a\"b\\c\nd{e},f=g ü漢'#";

  private static Map<String, PrometheusGrammar.Family> scrape(TestServer server, String query)
      throws IOException {
    var bytes = server.admin("/stats/prometheus" + query).body().getBytes(ISO_8859_1);
    return PrometheusGrammar.read(new String(bytes, UTF_8));
  }

  @Test
  void aScrapeOfHostileNamesIsReadByTheStrictest() throws Exception {
    var yaml =
        "stats_config: { stats_tags: [{ tag_name: \"x-y.z\", fixed_value: \"q\\\"\\\\\\n\" }] }\n"
            + TestBootstrap.create()
                .route("{ match: { prefix: / }, direct_response: { status: 204 } }")
                .rawCluster(
                    "{ name: \"a\\\"b\\\\c\\nd{e},f=g ü漢'#\", type: STATIC, connect_timeout: 1s }")
                .yaml();
    try (var server = TestServer.start(yaml, 2)) {
      server.get("/");

      var families = scrape(server, "");

      assertThat(families).hasSizeGreaterThan(100);
      var ours =
          PrometheusGrammar.family(families, "envoy_cluster_membership_total").samples().stream()
              .filter(sample -> CLUSTER.equals(sample.labels().get("envoy_cluster_name")))
              .toList();
      assertThat(ours).hasSize(1);
      assertThat(ours.getFirst().labels()).containsEntry("x_y_z", "q\"\\\n");
      assertThat(PrometheusGrammar.family(families, "envoy_http_downstream_rq_time").type())
          .isEqualTo("histogram");
      for (var query : new String[] {"usedonly", "text_readouts", "histogram_buckets=summary"}) {
        scrape(server, "?" + query);
      }
    }
  }
}
