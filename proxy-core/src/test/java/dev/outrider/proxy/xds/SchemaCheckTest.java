package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.check.SchemaValidator;
import dev.outrider.proxy.extension.check.SupportedFields;
import dev.outrider.proxy.extension.check.UnsupportedFields;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.xds.SchemaCheck.UnknownFields;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import org.junit.jupiter.api.Test;

class SchemaCheckTest { // X29
  private static final Schema SCHEMA = Schema.load();
  private static final ResourceKey KEY = new ResourceKey(ResourceKind.CLUSTER, "c");

  private final MetricRegistry metrics = new MetricRegistry(1);
  private final FieldReport report = new FieldReport();

  private SchemaCheck check(UnknownFields unknown) {
    return new SchemaCheck(
        new SchemaValidator(SCHEMA),
        new UnsupportedFields(SCHEMA, SupportedFields.load()),
        report,
        unknown,
        metrics);
  }

  private static Cluster.Builder cluster() {
    return Resources.staticCluster("c", 1);
  }

  private static UnknownFieldSet unknownField() {
    return UnknownFieldSet.newBuilder()
        .addField(9999, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
        .build();
  }

  private long count(String name) {
    for (var value : metrics.snapshot()) {
      if (value instanceof StatValue.Scalar number && number.name().equals(name)) {
        return number.value();
      }
    }
    throw new AssertionError("no statistic " + name);
  }

  private Parsed<byte[]> read(UnknownFields unknown) {
    var text = new ConfigText("f", "{\"name\": \"c\", \"later\": 1}", ConfigText.Syntax.JSON);
    return check(unknown)
        .dynamic(new ConfigReader(SCHEMA))
        .read(text, ResourceKind.CLUSTER.messageName());
  }

  @Test
  void leavesUnknownFieldsOfDynamicTextsOutUnlessTheyAreRefused() {
    assertThat(read(UnknownFields.DEFAULT).problems()).isEmpty();
    assertThat(count("server.dynamic_unknown_fields")).isEqualTo(1);

    assertThat(read(new UnknownFields(true, false, false)).problems()).isEmpty();
    assertThat(read(new UnknownFields(true, true, true)).problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("later"));
    assertThat(count("server.dynamic_unknown_fields")).isEqualTo(1);
  }

  @Test
  void countsUnknownFieldsOfDynamicResources() {
    var bytes = cluster().setUnknownFields(unknownField()).build().toByteString();

    assertThat(check(UnknownFields.DEFAULT).problems(KEY, ConfigOrigin.DYNAMIC, bytes)).isEmpty();

    assertThat(count("server.dynamic_unknown_fields")).isEqualTo(1);
  }

  @Test
  void refusesUnknownFieldsOfDynamicResourcesIfToldTo() {
    var bytes = cluster().setUnknownFields(unknownField()).build().toByteString();

    assertThat(
            check(new UnknownFields(true, true, true)).problems(KEY, ConfigOrigin.DYNAMIC, bytes))
        .extracting(ConfigProblem::text)
        .containsExactly("cluster 'c': 9999: unknown field");
  }

  @Test
  void refusesUnknownFieldsOfABootstrapUnlessToldOtherwise() {
    var bytes = Bootstrap.newBuilder().setUnknownFields(unknownField()).build().toByteArray();

    assertThat(check(UnknownFields.DEFAULT).bootstrap(bytes))
        .extracting(ConfigProblem::text)
        .containsExactly("bootstrap: 9999: unknown field");
    assertThat(check(new UnknownFields(false, false, true)).bootstrap(bytes)).isEmpty();
    assertThat(count("server.static_unknown_fields")).isEqualTo(2);
  }

  @Test
  @SuppressWarnings("deprecation") // still written
  void reportsWhatNobodyActsOnUntilItIsGone() {
    var check = check(UnknownFields.DEFAULT);
    var with = cluster().setTrackTimeoutBudgets(true).build();

    check.problems(KEY, ConfigOrigin.DYNAMIC, with.toByteString());

    assertThat(report.entries())
        .containsExactly(
            new FieldReport.Entry(
                "cluster 'c'",
                "track_timeout_budgets",
                "envoy.config.cluster.v3.Cluster.track_timeout_budgets"));
    check.problems(KEY, ConfigOrigin.DYNAMIC, cluster().build().toByteString());
    assertThat(report.entries()).isEmpty();
  }

  @Test
  void refusesWhatBreaksTheRulesOfTheSchema() {
    var bytes = ByteString.copyFrom(cluster().clearName().build().toByteArray());

    assertThat(check(UnknownFields.DEFAULT).problems(KEY, ConfigOrigin.DYNAMIC, bytes))
        .extracting(ConfigProblem::text)
        .singleElement()
        .asString()
        .startsWith("cluster 'c': name: ")
        .contains("value length must be at least 1 characters");
  }
}
