package dev.outrider.proxy.extension.schema;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.envoyproxy.envoy.admin.v3.ServerInfo;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SchemaTest {
  private final Schema schema = Schema.load();

  @Test
  void saysTheSameAsTheDescriptors() {
    var seen = new HashSet<Descriptor>();
    for (var root :
        List.of(
            Bootstrap.getDescriptor(),
            HttpConnectionManager.getDescriptor(),
            Wasm.getDescriptor(),
            DiscoveryResponse.getDescriptor(),
            DeltaDiscoveryResponse.getDescriptor(),
            ServerInfo.getDescriptor())) {
      compare(root, seen);
    }
    assertThat(seen).hasSizeGreaterThan(300);
  }

  @Test
  void knowsTheRulesOfAField() {
    var name = field("envoy.config.cluster.v3.Cluster", "name");
    var statPrefix =
        field(
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "statPrefix");

    assertThat(name.rules().field()).containsExactly(new Rule.Length(1, -1, false));
    assertThat(statPrefix.rules().field()).containsExactly(new Rule.Length(1, -1, false));
  }

  @Test
  void knowsWhichFieldsAreSecret() {
    var key = field("envoy.extensions.transport_sockets.tls.v3.TlsCertificate", "private_key");

    assertThat(key.sensitive()).isTrue();
  }

  @Test
  void answersNullForAMessageItDoesNotHave() {
    assertThat(schema.message("no.Such")).isNull();
    assertThatThrownBy(() -> schema.require("no.Such"))
        .hasMessage("the schema has no message no.Such");
  }

  private SchemaField field(String message, String name) {
    return requireNonNull(schema.require(message).field(name), name);
  }

  private void compare(Descriptor expected, Set<Descriptor> seen) {
    if (!seen.add(expected)) {
      return;
    }
    var actual = schema.require(expected.getFullName());
    assertThat(actual.fields()).as(expected.getFullName()).hasSameSizeAs(expected.getFields());
    for (var field : expected.getFields()) {
      compare(field, actual);
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        compare(field.getMessageType(), seen);
      }
    }
    assertThat(actual.oneofs())
        .extracting(SchemaOneof::name)
        .containsExactlyElementsOf(
            expected.getRealOneofs().stream().map(o -> o.getName()).toList());
  }

  private void compare(FieldDescriptor expected, SchemaMessage message) {
    var field = requireNonNull(message.field(expected.getNumber()), expected.getFullName());
    assertThat(field)
        .isSameAs(message.field(expected.getName()))
        .isSameAs(message.field(expected.getJsonName()));
    assertThat(field.kind().name()).as(expected.getFullName()).isEqualTo(expected.getType().name());
    assertThat(field.repeated()).as(expected.getFullName()).isEqualTo(expected.isRepeated());
    assertThat(field.packed()).as(expected.getFullName()).isEqualTo(expected.isPacked());
    assertThat(field.map()).as(expected.getFullName()).isEqualTo(expected.isMapField());
    assertThat(field.presence()).as(expected.getFullName()).isEqualTo(expected.hasPresence());
    assertThat(field.deprecated()).isEqualTo(expected.getOptions().getDeprecated());
    var oneof = expected.getRealContainingOneof();
    assertThat(field.oneof()).isEqualTo(oneof == null ? null : oneof.getName());
    switch (expected.getJavaType()) {
      case MESSAGE ->
          assertThat(schema.messageOf(field).name())
              .isEqualTo(expected.getMessageType().getFullName());
      case ENUM -> {
        var type = expected.getEnumType();
        assertThat(schema.enumOf(field).names())
            .containsExactlyElementsOf(
                type.getValues().stream().map(EnumValueDescriptor::getName).toList());
        type.getValues()
            .forEach(
                v -> assertThat(schema.enumOf(field).number(v.getName())).isEqualTo(v.getNumber()));
      }
      case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING -> {}
    }
  }
}
