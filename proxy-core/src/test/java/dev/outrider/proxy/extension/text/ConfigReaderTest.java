package dev.outrider.proxy.extension.text;

import static dev.outrider.proxy.extension.text.ReaderHarness.bootstrap;
import static dev.outrider.proxy.extension.text.ReaderHarness.bytes;
import static dev.outrider.proxy.extension.text.ReaderHarness.cluster;
import static dev.outrider.proxy.extension.text.ReaderHarness.struct;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.LbPolicy;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {

  @ParameterizedTest
  @EnumSource(ConfigText.Syntax.class)
  void givesTheBytesThatProtobufsOwnReaderGives(ConfigText.Syntax syntax) throws Exception {
    String text;
    try (var in =
        ConfigReaderTest.class.getResourceAsStream("/dev/outrider/proxy/extension/golden.yaml")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    var types =
        TypeRegistry.newBuilder()
            .add(
                List.of(
                    HttpConnectionManager.getDescriptor(),
                    Router.getDescriptor(),
                    Wasm.getDescriptor(),
                    FileAccessLog.getDescriptor(),
                    DownstreamTlsContext.getDescriptor()))
            .build();
    var expected = Bootstrap.newBuilder();
    JsonFormat.parser().usingTypeRegistry(types).merge(text, expected);

    var bytes =
        bytes(new ConfigText("golden.yaml", text, syntax), "envoy.config.bootstrap.v3.Bootstrap");

    assertThat(bytes).isEqualTo(expected.build().toByteArray());
  }

  @Test
  void readsBlockStyleWithCommentsAndBothSpellings() throws Exception {
    var bootstrap =
        bootstrap(
            """
            # a comment
            node: {id: one, cluster: "two"}
            staticResources:
              clusters:
              - name: a
                connect_timeout: 0.25s
                loadAssignment:
                  cluster_name: a
                  endpoints:
                  - lbEndpoints:
                    - endpoint: {address: {socketAddress: {address: 127.0.0.1, portValue: 80}}}
            """);

    assertThat(bootstrap.getNode().getId()).isEqualTo("one");
    var cluster = bootstrap.getStaticResources().getClusters(0);
    assertThat(cluster.getConnectTimeout()).isEqualTo(Durations.fromMillis(250));
    var address =
        cluster.getLoadAssignment().getEndpoints(0).getLbEndpoints(0).getEndpoint().getAddress();
    assertThat(address.getSocketAddress().getAddress()).isEqualTo("127.0.0.1");
    assertThat(address.getSocketAddress().getPortValue()).isEqualTo(80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RANDOM", "random", "Random", "'random'", "3"})
  void readsEnumsByNameInAnyCaseOrByNumber(String value) throws Exception {
    assertThat(cluster("lb_policy: " + value).getLbPolicy()).isEqualTo(LbPolicy.RANDOM);
  }

  @ParameterizedTest
  @ValueSource(strings = {"80", "'80'", "0x50", "0120", "80.0", "8e1", "+80"})
  void readsNumbersInEveryNotation(String value) throws Exception {
    var bootstrap = bootstrap("admin: {address: {socket_address: {port_value: " + value + "}}}");

    assertThat(bootstrap.getAdmin().getAddress().getSocketAddress().getPortValue()).isEqualTo(80);
  }

  @Test
  void takesTildeAsAbsent() throws Exception {
    assertThat(cluster("{name: ~, alt_stat_name: null, load_assignment: }"))
        .isEqualTo(Cluster.getDefaultInstance());
  }

  @Test
  void keepsTheLastOfTwoEqualKeys() throws Exception {
    assertThat(cluster("name: a\nname: b\n").getName()).isEqualTo("b");
  }

  @Test
  void takesTextThatOnlyLooksLikeANumberForAString() throws Exception {
    assertThat(cluster("name: 1.5").getName()).isEqualTo("1.5");
    assertThat(cluster("name: 3000000000").getName()).isEqualTo("3000000000");
    assertThat(cluster("name: '123'").getName()).isEqualTo("123");
    assertThat(cluster("name: |\n  yes\n").getName()).isEqualTo("yes\n");
    assertThat(cluster("name: ! yes").getName()).isEqualTo("yes");
  }

  @Test
  void mergesAnchorsBelowTheMappingsOwnKeys() throws Exception {
    var bootstrap =
        bootstrap(
            """
            static_resources:
              clusters:
              - &base {name: a, lb_policy: RANDOM, connect_timeout: 1s}
              - <<: *base
                name: b
              - <<: [{lb_policy: MAGLEV}, *base]
              - *base
            """);

    var clusters = bootstrap.getStaticResources().getClustersList();
    assertThat(clusters).extracting(Cluster::getName).containsExactly("a", "b", "a", "a");
    assertThat(clusters)
        .extracting(Cluster::getLbPolicy)
        .containsExactly(LbPolicy.RANDOM, LbPolicy.RANDOM, LbPolicy.MAGLEV, LbPolicy.RANDOM);
  }

  @Test
  void readsAStructByTheRulesOfYaml() throws Exception {
    var struct =
        struct(
            "{a: 010, b: 0x10, c: yes, d: 1.0, e: .5, f: 1e3, g: 12345678901234567890, h:"
                + " 2026-01-31, i: ~, j: '7'}");

    assertThat(struct.getFieldsOrThrow("a").getNumberValue()).isEqualTo(8);
    assertThat(struct.getFieldsOrThrow("b").getNumberValue()).isEqualTo(16);
    assertThat(struct.getFieldsOrThrow("c").getBoolValue()).isTrue();
    assertThat(List.of("d", "e", "f", "g", "h", "j"))
        .extracting(key -> struct.getFieldsOrThrow(key).getStringValue())
        .containsExactly("1.0", ".5", "1e3", "12345678901234567890", "2026-01-31", "7");
    assertThat(struct.getFieldsOrThrow("i").hasNullValue()).isTrue();
  }

  @Test
  void readsAStructInJsonByTheRulesOfJson() throws Exception {
    var json =
        new ConfigText(
            "s.json",
            "{\"a\": 1.0, \"b\": 1e3, \"c\": [true, null, \"x\\u00e9\\n\"]}",
            ConfigText.Syntax.JSON);

    var struct = Struct.parseFrom(bytes(json, "google.protobuf.Struct"));

    assertThat(struct.getFieldsOrThrow("a").getNumberValue()).isEqualTo(1);
    assertThat(struct.getFieldsOrThrow("b").getNumberValue()).isEqualTo(1000);
    var list = struct.getFieldsOrThrow("c").getListValue();
    assertThat(list.getValues(0).getBoolValue()).isTrue();
    assertThat(list.getValues(1).hasNullValue()).isTrue();
    assertThat(list.getValues(2).getStringValue()).isEqualTo("xé\n");
  }

  @Test
  void passesATypedStructOnWithItsContent() throws Exception {
    var bytes =
        bytes(
            ConfigText.yaml(
                "any.yaml",
                """
                "@type": type.googleapis.com/xds.type.v3.TypedStruct
                type_url: type.googleapis.com/somebody.elses.Filter
                value: {limit: 5}
                """),
            "google.protobuf.Any");

    var any = Any.parseFrom(bytes);
    var typed = TypedStruct.parseFrom(any.getValue());
    assertThat(any.getTypeUrl()).isEqualTo("type.googleapis.com/xds.type.v3.TypedStruct");
    assertThat(typed.getTypeUrl()).isEqualTo("type.googleapis.com/somebody.elses.Filter");
    assertThat(typed.getValue().getFieldsOrThrow("limit").getNumberValue()).isEqualTo(5);
  }

  @Test
  void readsJsonFilesAsJsonAndOthersAsYaml() {
    assertThat(ConfigText.ofFile("a.json", "").syntax()).isEqualTo(ConfigText.Syntax.JSON);
    assertThat(ConfigText.ofFile("a.yaml", "").syntax()).isEqualTo(ConfigText.Syntax.YAML);
    assertThat(ConfigText.ofFile("a", "").syntax()).isEqualTo(ConfigText.Syntax.YAML);
  }
}
