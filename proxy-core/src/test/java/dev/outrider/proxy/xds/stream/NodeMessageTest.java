package dev.outrider.proxy.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.xds.BootstrapParser.NodeFlags;
import dev.outrider.proxy.xds.Yaml;
import org.junit.jupiter.api.Test;

class NodeMessageTest {

  private static io.envoyproxy.envoy.config.core.v3.Node node(String yaml, NodeFlags flags) {
    return switch (Yaml.bootstrap(yaml, flags)) {
      case Parsed.Valid<BootstrapConfig>(var config) -> NodeMessage.of(config.node());
      case Parsed.Invalid<BootstrapConfig>(var problems) ->
          throw new AssertionError(Yaml.texts(problems));
    };
  }

  @Test
  void passesTheConfiguredNodeOnAsItStands() {
    var node =
        node(
            """
            node:
              id: node-1
              cluster: c
              metadata: {k: v}
              dynamic_parameters: {type.example: {params: {a: b}}}
              user_agent_name: mine
              user_agent_version: "1"
              client_features: [f]
              extensions: [{name: e}]
              listening_addresses: [{socket_address: {address: 127.0.0.1, port_value: 1}}]
            """,
            NodeFlags.NONE);

    assertThat(node.getId()).isEqualTo("node-1");
    assertThat(node.getMetadata().getFieldsMap()).containsOnlyKeys("k");
    assertThat(node.getDynamicParametersMap()).containsOnlyKeys("type.example");
    assertThat(node.getUserAgentName()).isEqualTo("mine");
    assertThat(node.getUserAgentVersion()).isEqualTo("1");
    assertThat(node.getClientFeaturesList())
        .containsExactly(
            "f", "xds.config.supports-resource-ttl", "xds.config.supports-resource-in-sotw");
    assertThat(node.getExtensionsList()).hasSize(1);
  }

  @Test
  void keepsAVersionInParts() {
    var node =
        node(
            "node: {id: node-1, user_agent_build_version: {version: {major_number: 3}}}",
            NodeFlags.NONE);

    assertThat(node.getUserAgentBuildVersion().getVersion().getMajorNumber()).isEqualTo(3);
  }

  @Test
  void saysWhatItIsUnlessTheNodeDoes() {
    var node = node("node: {id: node-1}", new NodeFlags("flag", "", ""));

    assertThat(node.getId()).isEqualTo("flag");
    assertThat(node.getUserAgentName()).isEqualTo("outrider");
  }
}
