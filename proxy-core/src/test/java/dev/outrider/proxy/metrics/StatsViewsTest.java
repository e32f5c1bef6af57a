package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The texts are what Envoy 1.40 printed for the same three values.
class StatsViewsTest {
  private final MetricRegistry registry = new MetricRegistry(1);

  @Test
  void printsAHistogramInEachView() {
    recordAndFlush();

    assertThat(text(HistogramView.SUMMARY))
        .isEqualTo(
            "a.ms: P0(0,0) P25(0,0) P50(1.05,1.05) P75(2.05,2.05) P90(2.05,2.05) P95(2.05,2.05)"
                + " P99(2.05,2.05) P99.5(2.05,2.05) P99.9(2.05,2.05) P100(2.05,2.05)\n");
    assertThat(text(HistogramView.CUMULATIVE))
        .isEqualTo(
            "a.ms: B0.5(1,1) B1(2,2) B5(3,3) B10(3,3) B25(3,3) B50(3,3) B100(3,3) B250(3,3)"
                + " B500(3,3) B1000(3,3) B2500(3,3) B5000(3,3) B10000(3,3) B30000(3,3) B60000(3,3)"
                + " B300000(3,3) B600000(3,3) B1.8e+06(3,3) B3.6e+06(3,3)\n");
    assertThat(text(HistogramView.DISJOINT))
        .startsWith("a.ms: B0.5(1,1) B1(1,1) B5(1,1) B10(0,0) B25(0,0) ");
    assertThat(text(HistogramView.DETAILED))
        .startsWith(
            """
            a.ms:
              totals=0,0:1, 1,0.1:1, 2,0.1:1
              intervals=0,0:1, 1,0.1:1, 2,0.1:1
              summary=P0(0,0) P25(0,0) P50(1.05,1.05) \
            """);
  }

  @Test
  void printsAHistogramAsJsonInEachView() {
    recordAndFlush();

    assertThat(json(HistogramView.SUMMARY))
        .startsWith(
            "{\"stats\":[{\"histograms\":{\"supported_quantiles\":[0,25,50,75,90,95,99,99.5,99.9,100],"
                + "\"computed_quantiles\":[{\"name\":\"a.ms\",\"values\":[{\"cumulative\":0,\"interval\":0},"
                + "{\"cumulative\":0,\"interval\":0},{\"cumulative\":1.05,\"interval\":1.05},")
        .endsWith("{\"cumulative\":2.05,\"interval\":2.05}]}]}}]}");
    assertThat(json(HistogramView.CUMULATIVE))
        .startsWith(
            "{\"stats\":[{\"histograms\":[{\"name\":\"a.ms\",\"buckets\":[{\"upper_bound\":0.5,"
                + "\"interval\":1,\"cumulative\":1},{\"upper_bound\":1,\"interval\":2,\"cumulative\":2},")
        .contains("{\"upper_bound\":3e+05,\"interval\":3,\"cumulative\":3}")
        .endsWith("{\"upper_bound\":3600000,\"interval\":3,\"cumulative\":3}]}]}]}");
    assertThat(json(HistogramView.DISJOINT))
        .contains(
            "{\"upper_bound\":5,\"interval\":1,\"cumulative\":1},{\"upper_bound\":10,\"interval\":0,");
    assertThat(json(HistogramView.DETAILED))
        .startsWith(
            "{\"stats\":[{\"histograms\":{\"supported_percentiles\":[0,25,50,75,90,95,99,99.5,99.9,100],"
                + "\"details\":[{\"name\":\"a.ms\",\"totals\":[{\"lower_bound\":0,\"width\":0,\"count\":1},"
                + "{\"lower_bound\":1,\"width\":0.1,\"count\":1},{\"lower_bound\":2,\"width\":0.1,\"count\":1}],"
                + "\"intervals\":[");
  }

  @Test
  void saysThatNothingWasRecorded() {
    registry.histogram("a.ms");

    for (var view : HistogramView.values()) {
      assertThat(text(view)).isEqualTo("a.ms: No recorded values\n");
    }
    assertThat(json(HistogramView.SUMMARY)).contains("{\"cumulative\":null,\"interval\":null}");
  }

  @Test
  void putsHistogramsBehindNumbersInJson() {
    registry.counter("z.count").inc();
    registry.gauge("y.level").set(-1);
    registry.histogram("a.ms");

    assertThat(json(HistogramView.CUMULATIVE))
        .startsWith(
            "{\"stats\":[{\"name\":\"y.level\",\"value\":18446744073709551615},"
                + "{\"name\":\"z.count\",\"value\":1},{\"histograms\":[");
  }

  @ParameterizedTest
  @CsvSource({
    "300000, 3e+05, 300000",
    "1800000, 1800000, 1.8e+06",
    "0.5, 0.5, 0.5",
    "60000, 60000, 60000"
  })
  void writesNumbersAsEnvoyDoes(double value, String json, String general) {
    assertThat(StatNumber.json(value)).isEqualTo(json);
    assertThat(StatNumber.general(value)).isEqualTo(general);
  }

  private void recordAndFlush() {
    for (var value : List.of(0, 1, 2)) {
      registry.histogram("a.ms").record(value);
    }
    registry.flush();
  }

  private String text(HistogramView view) {
    return StatsText.of(registry.snapshot(), view);
  }

  private String json(HistogramView view) {
    return StatsJson.parts(registry, StatFilter.ALL, _ -> true, view).all();
  }
}
