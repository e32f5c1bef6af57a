package dev.outrider.proxy.metrics;

import static dev.outrider.proxy.metrics.PrometheusGrammar.family;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.metrics.PrometheusGrammar.Sample;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is printed, read by a strict reader; and that the reader is strict.
class PrometheusGrammarTest {
  private static final String HOSTILE = "a\"b\\c\nd{e}f,g=h i\tü漢🙂'#";

  private final MetricRegistry registry = new MetricRegistry(1);

  private Map<String, PrometheusGrammar.Family> printed() {
    return PrometheusGrammar.read(
        PrometheusText.parts(registry, StatFilter.ALL, true, false).all());
  }

  @Test
  void takesWhateverStandsInANameThatIsATag() {
    registry.counter("cluster." + HOSTILE + ".upstream_rq_200").add(7);
    registry.gauge("cluster.\\." + "upstream_cx_active").set(1);
    registry.gauge("cluster.\\\\." + "upstream_cx_active").set(2);
    registry.histogram("http." + HOSTILE + ".downstream_rq_time").record(3);

    assertThat(family(printed(), "envoy_cluster_upstream_rq").samples())
        .containsExactly(
            new Sample(
                "envoy_cluster_upstream_rq",
                Map.of("envoy_response_code", "200", "envoy_cluster_name", HOSTILE),
                7));
    assertThat(family(printed(), "envoy_cluster_upstream_cx_active").samples())
        .extracting(sample -> sample.labels().get("envoy_cluster_name"))
        .containsExactly("\\", "\\\\");
    assertThat(family(printed(), "envoy_http_downstream_rq_time").samples())
        .allMatch(sample -> HOSTILE.equals(sample.labels().get("envoy_http_conn_manager_prefix")));
  }

  @Test
  void takesWhateverStandsInOneThatIsNone() {
    registry.counter(HOSTILE + ".x").add(1);
    registry.counter("wasmcustom." + HOSTILE).add(2);
    registry.counter("wasmcustom.9lives").add(3);
    registry.text("control_plane." + HOSTILE, () -> HOSTILE);

    var families = printed();

    assertThat(families.keySet()).anyMatch(name -> name.startsWith("envoy_a_b_c_d"));
    assertThat(families.values())
        .flatExtracting(PrometheusGrammar.Family::samples)
        .anyMatch(sample -> HOSTILE.equals(sample.labels().get("text_value")));
  }

  @Test
  void takesWhateverStandsInTagsOfTheConfiguration() {
    registry.counter("cluster.up.x").add(1);
    registry.show(
        new StatsRules(null, List.of(new TagRule.Fixed(HOSTILE, HOSTILE)), _ -> true, List.of()));

    var sample = family(printed(), "envoy_cluster_x").samples().getFirst();

    assertThat(sample.labels()).hasSize(2).containsValue(HOSTILE);
  }

  @Test
  void takesQuantiles() {
    registry.histogram("http." + HOSTILE + ".downstream_rq_time").record(3);
    registry.histogram("http.idle.downstream_rq_time");
    registry.flush();

    var families =
        PrometheusGrammar.read(PrometheusText.parts(registry, StatFilter.ALL, false, true).all());

    assertThat(family(families, "envoy_http_downstream_rq_time").type()).isEqualTo("summary");
  }

  @Test
  void namesThatLookTheSameWhenPrintedAreOneGroup() {
    registry.counter("wasmcustom.a-b").add(1);
    registry.counter("wasmcustom.a_b").add(2);
    registry.gauge("wasmcustom.a.b").set(3);
    registry.counter("cluster.up.x-y").add(4);
    registry.counter("cluster.down.x_y").add(5);

    var families = printed();

    assertThat(family(families, "a_b").samples()).hasSize(1);
    assertThat(family(families, "envoy_cluster_x_y").samples()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a{} 1", // a line that does not end
        "# TYPE a counter\na{} 1 \n",
        "# TYPE a counter\na{}  1\n",
        "# TYPE a counter\na {} 1\n",
        "# TYPE a counter\na{} -1\n",
        "# TYPE a counter\na{} x\n",
        "# TYPE a counter\na{}\n",
        "# TYPE a counter\na{x=\"1\",x=\"2\"} 1\n",
        "# TYPE a counter\na{x=\"1\"y=\"2\"} 1\n",
        "# TYPE a counter\na{x=\"1} 1\n",
        "# TYPE a counter\na{x=\"1\"} 1\na{x=\"1\"} 2\n",
        "# TYPE a counter\na{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n",
        "# TYPE a counter\na{x=\"\\t\"} 1\n",
        "# TYPE a counter\na{x.y=\"1\"} 1\n",
        "# TYPE a counter\na{9=\"1\"} 1\n",
        "# TYPE a counter\na{x=1} 1\n",
        "# TYPE a counter\nb{} 1\n",
        "# TYPE a counter\na{} 1\n# TYPE b counter\na{x=\"1\"} 1\n",
        "# TYPE a counter\na{} 1\n# TYPE a gauge\na{x=\"1\"} 1\n",
        "# TYPE a thing\na{} 1\n",
        "# TYPE 9 counter\n9{} 1\n",
        "# TYPE a-b counter\na-b{} 1\n",
        "# TYPE h histogram\nh{} 1\n",
        "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum{} 1\nh_count{} 1\n",
        "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_count{} 1\n",
        "# TYPE h histogram\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"}"
            + " 1\nh_count{} 1\n",
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count{} 2\n",
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\n",
        "# TYPE h histogram\nh_bucket{} 1\nh_count{} 1\n",
        "# TYPE s summary\ns{} 1\n",
        "# TYPE s summary\ns{quantile=\"2\"} 1\n",
        "# TYPE s summary\ns_bucket{le=\"1\"} 1\n",
      })
  void takesNothingElse(String text) {
    assertThatThrownBy(() -> PrometheusGrammar.read(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takesWhatTheSpecificationShows() {
    var families =
        PrometheusGrammar.read(
            """
            # HELP a whatever
            # TYPE a gauge
            a{x="q\\"b\\\\s\\nn",y=""} 1.5e+3

            a +Inf
            # TYPE h histogram
            h_bucket{le="0.5"} 1
            h_bucket{le="+Inf"} 2
            h_sum{} NaN
            h_count{} 2
            """);

    assertThat(family(families, "a").samples().getFirst())
        .isEqualTo(new Sample("a", Map.of("x", "q\"b\\s\nn", "y", ""), 1500));
  }
}
