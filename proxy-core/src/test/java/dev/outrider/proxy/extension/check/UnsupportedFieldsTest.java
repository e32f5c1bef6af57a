package dev.outrider.proxy.extension.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.UnknownFieldSet;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.check.UnsupportedFields.Finding;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnsupportedFieldsTest {
  private static final Schema SCHEMA = Schema.load();
  private static final String TABLE =
      """
      # what these tests pretend that Outrider acts on
      [envoy.config.cluster.v3.Cluster]
      name                            x.Test
      load_assignment                 x.Test   # and more
      metadata                        x.Test
      typed_extension_protocol_options x.Test
      transport_socket                x.Test
      [envoy.config.core.v3.TransportSocket]
      typed_config                    x.Test
      [envoy.config.endpoint.v3.ClusterLoadAssignment]
      endpoints                       x.Test
      named_endpoints                 x.Test
      [envoy.config.core.v3.Metadata]
      filter_metadata                 x.Test
      [envoy.config.route.v3.FilterConfig]
      config                          x.Test
      """;
  private final UnsupportedFields fields =
      new UnsupportedFields(SCHEMA, SupportedFields.parse(TABLE));

  @Test
  void namesEachFieldThatIsSetAndNotActedOn() {
    assertThat(
            findings(
                """
                name: a
                alt_stat_name: b
                lb_policy: RANDOM
                health_checks: [{timeout: 1s}, {timeout: 2s}]
                """))
        .containsExactly(
            new Finding("lb_policy", "envoy.config.cluster.v3.Cluster.lb_policy"),
            new Finding("health_checks", "envoy.config.cluster.v3.Cluster.health_checks"),
            new Finding("alt_stat_name", "envoy.config.cluster.v3.Cluster.alt_stat_name"));
  }

  @Test
  void looksIntoListsMapsAndTypedConfigurations() {
    assertThat(
            findings(
                """
                load_assignment:
                  endpoints: [{}, {priority: 1}]
                  named_endpoints: {a: {hostname: h}}
                transport_socket:
                  typed_config: {"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: x, lb_policy: RANDOM}
                typed_extension_protocol_options:
                  some: {"@type": type.googleapis.com/envoy.config.core.v3.Node, id: x}
                """))
        .extracting(Finding::path)
        .containsExactlyInAnyOrder(
            "load_assignment.endpoints[1].priority",
            "load_assignment.named_endpoints['a'].hostname",
            "transport_socket.typed_config.lb_policy",
            "typed_extension_protocol_options['some'].id");
  }

  @Test
  void takesWellKnownTypesAsAWhole() {
    assertThat(findings("metadata: {filter_metadata: {a: {b: {c: 1}}}}")).isEmpty();
  }

  @Test
  void saysNothingOfFieldsLeftAtTheirDefaults() {
    assertThat(findings("{alt_stat_name: '', lb_policy: ROUND_ROBIN, health_checks: []}"))
        .isEmpty();
  }

  @Test
  void countsFieldsThatTheSchemaDoesNotHave() {
    var strange =
        UnknownFieldSet.newBuilder()
            .addField(9999, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    var wire =
        Cluster.newBuilder()
            .setUnknownFields(strange)
            .setLoadAssignment(
                ClusterLoadAssignment.newBuilder()
                    .addEndpoints(LocalityLbEndpoints.newBuilder().setUnknownFields(strange)))
            .build()
            .toByteArray();

    var found = fields.find("envoy.config.cluster.v3.Cluster", wire);

    assertThat(found.unknown()).containsExactly("load_assignment.endpoints[0].9999", "9999");
    assertThat(found.fields()).isEmpty();
  }

  @Test
  void doesNotFollowTypedConfigurationsWithoutEnd() {
    var nested = Any.getDefaultInstance();
    for (int i = 0; i < 5_000; i++) {
      nested = Any.pack(FilterConfig.newBuilder().setConfig(nested).build());
    }
    var wire = FilterConfig.newBuilder().setConfig(nested).build().toByteArray();

    assertThat(fields.find("envoy.config.route.v3.FilterConfig", wire).fields()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"name x.Test", "[m]\nname", "[m]\nname x.Test more", "[m]\na x.Test\na y.Test"})
  void refusesATableThatIsNotOne(String table) {
    assertThatThrownBy(() -> SupportedFields.parse(table))
        .isInstanceOf(IllegalStateException.class);
  }

  private List<Finding> findings(String yaml) {
    var name = "envoy.config.cluster.v3.Cluster";
    return switch (new ConfigReader(SCHEMA).read(ConfigText.yaml("t", yaml), name)) {
      case Parsed.Valid<byte[]>(var wire) -> fields.find(name, wire).fields();
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(problems);
    };
  }
}
