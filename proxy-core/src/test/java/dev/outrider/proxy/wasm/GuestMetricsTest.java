package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.PrometheusText;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsText;
import dev.outrider.proxywasm.host.MetricKind;
import dev.outrider.proxywasm.host.MetricSink;
import org.junit.jupiter.api.Test;

/// Metrics of guests (ABI reference 3.12), as `/stats` and `/stats/prometheus` show them. What a
/// guest is answered is in the library's MetricImportsTest.
class GuestMetricsTest {
  private final MetricRegistry registry = new MetricRegistry(2);
  private final GuestMetricNames names = new GuestMetricNames();
  private final MetricSink vm = sink();

  private MetricSink sink() {
    return new GuestMetricSink(registry, names);
  }

  private String text() {
    return StatsText.of(registry, StatFilter.ALL);
  }

  private String prometheus() {
    return PrometheusText.of(registry, StatFilter.ALL);
  }

  @Test
  void areShownUnderWasmcustomAndInPrometheusWithoutIt() {
    vm.define(MetricKind.COUNTER, "my_counter").add(3);
    vm.define(MetricKind.GAUGE, "my_gauge").record(7);

    assertThat(text()).contains("wasmcustom.my_counter: 3\n", "wasmcustom.my_gauge: 7\n");
    assertThat(prometheus())
        .contains(
            "# TYPE my_counter counter\nmy_counter{} 3\n", "# TYPE my_gauge gauge\nmy_gauge{} 7\n");
  }

  @Test
  void showAGaugeBelowZeroAsEnvoyDoes() {
    var gauge = vm.define(MetricKind.GAUGE, "level");

    gauge.add(-100);

    assertThat(gauge.value()).isEqualTo(-100);
    assertThat(text()).contains("wasmcustom.level: 18446744073709551516\n");
    assertThat(prometheus()).contains("level{} 18446744073709551516\n");
  }

  @Test
  void showADistribution() {
    var histogram = vm.define(MetricKind.HISTOGRAM, "took");
    histogram.record(4);
    histogram.record(300);
    registry.flush();

    assertThat(text()).contains("wasmcustom.took: P0(4.05,4.05) P25(");
    assertThat(prometheus())
        .contains(
            "# TYPE took histogram\n",
            "took_bucket{le=\"5\"} 1\n",
            "took_bucket{le=\"+Inf\"} 2\n",
            "took_count{} 2\n");
  }

  @Test
  void addOnACounterThatIsRecorded() {
    var counter = vm.define(MetricKind.COUNTER, "hits");
    counter.add(2);
    counter.record(3);

    assertThat(counter.value()).isEqualTo(5);
  }

  @Test
  void areSharedByAllVmsThatDefineThem() {
    var other = sink();

    vm.define(MetricKind.COUNTER, "hits").add(1);
    other.define(MetricKind.COUNTER, "hits").add(2);
    other.define(MetricKind.COUNTER, "hits").add(4);

    assertThat(text()).containsOnlyOnce("wasmcustom.hits: 7\n");
  }

  @Test
  void ofOneNameAndTwoKindsAreTwo() {
    vm.define(MetricKind.COUNTER, "both").add(1);
    vm.define(MetricKind.GAUGE, "both").record(2);

    assertThat(text()).contains("wasmcustom.both: 1\n", "wasmcustom.both: 2\n");
  }

  @Test
  void takeNamesWithAnyCharacters() {
    vm.define(MetricKind.COUNTER, "a b;c=\"d\".e-f").add(1);
    vm.define(MetricKind.COUNTER, "two\nlines: 5\r").add(2);
    vm.define(MetricKind.COUNTER, "grüße").add(3);
    vm.define(MetricKind.COUNTER, "").add(4);
    vm.define(MetricKind.COUNTER, "9lives").add(5);

    assertThat(text())
        .contains(
            "wasmcustom.a b;c=\"d\".e-f: 1\n",
            "wasmcustom.two_lines: 5_: 2\n",
            "wasmcustom.grüße: 3\n",
            "wasmcustom.: 4\n",
            "wasmcustom.9lives: 5\n");
    assertThat(prometheus())
        .as("a name that Prometheus cannot have is left out")
        .contains("a_b_c__d__e_f{} 1\n", "two_lines__5_{} 2\n", "gr__e{} 3\n")
        .doesNotContain("9lives");
  }

  @Test
  void workForTheGuestButAreNotShownWhenThereAreTooMany() {
    for (var i = 0; i < GuestMetricSink.MOST_NAMES; i++) {
      vm.define(MetricKind.COUNTER, "n" + i).add(1);
    }

    var extra = vm.define(MetricKind.COUNTER, "extra");
    extra.add(2);

    assertThat(extra.value()).isEqualTo(2);
    assertThat(text()).doesNotContain("wasmcustom.extra");
    assertThat(registry.counter("wasm.custom_metrics_refused").value()).isEqualTo(1);
    vm.define(MetricKind.COUNTER, "n7").add(1);
    assertThat(registry.counter("wasmcustom.n7").value()).isEqualTo(2);
  }

  @Test
  void areNotShownWhenTheirNameIsTooLong() {
    vm.define(MetricKind.HISTOGRAM, "x".repeat(GuestMetricSink.LONGEST_NAME)).record(1);
    vm.define(MetricKind.GAUGE, "x".repeat(GuestMetricSink.LONGEST_NAME)).add(1);

    assertThat(text()).doesNotContain("xxx");
    assertThat(registry.counter("wasm.custom_metrics_refused").value()).isEqualTo(2);
  }

  @Test
  void haveAnEndInTheWholeProcess() {
    for (var i = 0; i < GuestMetricNames.MOST; i++) {
      assertThat(names.admit("n" + i)).isTrue();
    }

    assertThat(names.admit("one too many")).isFalse();
    assertThat(names.admit("n0")).isTrue();
  }
}
