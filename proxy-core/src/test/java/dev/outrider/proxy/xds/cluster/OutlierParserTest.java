package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.outlier.EjectionType;
import dev.outrider.proxy.outlier.OutlierSpec;
import dev.outrider.proxy.outlier.OutlierSpecs;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OutlierParserTest {
  private static final String CLUSTER = "{name: c, type: STATIC, outlier_detection: {%s}}";

  private static OutlierSpec spec(String fields) {
    var resource = (ClusterResource) Yaml.valid(ResourceKind.CLUSTER, CLUSTER.formatted(fields));
    return Objects.requireNonNull(resource.fitness().outliers());
  }

  private static List<String> problems(String fields) {
    return Yaml.problems(ResourceKind.CLUSTER, CLUSTER.formatted(fields));
  }

  @Test
  void hasEnvoysDefaults() {
    var spec = spec("");

    assertThat(spec)
        .usingRecursiveComparison()
        .ignoringFields("enforcingPercent")
        .isEqualTo(OutlierSpecs.DEFAULT);
    assertThat(spec.enforcingPercent())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                EjectionType.CONSECUTIVE_5XX, 100,
                EjectionType.CONSECUTIVE_GATEWAY_FAILURE, 0,
                EjectionType.CONSECUTIVE_LOCAL_ORIGIN_FAILURE, 100,
                EjectionType.SUCCESS_RATE, 100,
                EjectionType.SUCCESS_RATE_LOCAL_ORIGIN, 100,
                EjectionType.FAILURE_PERCENTAGE, 0,
                EjectionType.FAILURE_PERCENTAGE_LOCAL_ORIGIN, 0));
  }

  @Test
  void readsEverythingThatIsActedOn() {
    assertThat(
            spec(
                """
                interval: 1s, base_ejection_time: 2s, max_ejection_time: 3s,
                max_ejection_time_jitter: 4s, max_ejection_percent: 50,
                always_eject_one_host: true, successful_active_health_check_uneject_host: false,
                split_external_local_origin_errors: true,
                consecutive_5xx: 6, consecutive_gateway_failure: 7,
                consecutive_local_origin_failure: 8,
                success_rate_minimum_hosts: 9, success_rate_request_volume: 10,
                success_rate_stdev_factor: 11,
                failure_percentage_threshold: 12, failure_percentage_minimum_hosts: 13,
                failure_percentage_request_volume: 14,
                enforcing_consecutive_5xx: 15, enforcing_consecutive_gateway_failure: 16,
                enforcing_consecutive_local_origin_failure: 17, enforcing_success_rate: 18,
                enforcing_local_origin_success_rate: 19, enforcing_failure_percentage: 20,
                enforcing_failure_percentage_local_origin: 21
                """))
        .isEqualTo(
            new OutlierSpec(
                1_000,
                true,
                new OutlierSpec.Consecutive(6, 7, 8),
                new OutlierSpec.SuccessRate(9, 10, 11),
                new OutlierSpec.FailurePercentage(12, 13, 14),
                new OutlierSpec.Ejection(2_000, 3_000, 4_000, 50, true, false),
                Map.of(
                    EjectionType.CONSECUTIVE_5XX, 15,
                    EjectionType.CONSECUTIVE_GATEWAY_FAILURE, 16,
                    EjectionType.CONSECUTIVE_LOCAL_ORIGIN_FAILURE, 17,
                    EjectionType.SUCCESS_RATE, 18,
                    EjectionType.SUCCESS_RATE_LOCAL_ORIGIN, 19,
                    EjectionType.FAILURE_PERCENTAGE, 20,
                    EjectionType.FAILURE_PERCENTAGE_LOCAL_ORIGIN, 21)));
  }

  @Test
  void theLongestEjectionIsAtLeastTheFirst() {
    assertThat(spec("base_ejection_time: 400s").ejection().maxMillis()).isEqualTo(400_000);
    assertThat(problems("base_ejection_time: 10s, max_ejection_time: 5s"))
        .containsExactly(
            "outlier_detection: outlier detector's max_ejection_time cannot be smaller than"
                + " base_ejection_time");
  }

  @Test
  void refusesWhatIsNotSupported() {
    assertThat(
            problems(
                "monitors: [{name: m, typed_config: {\"@type\":"
                    + " type.googleapis.com/google.protobuf.Struct}}]"))
        .containsExactly("outlier_detection.monitors: is not supported");
  }
}
