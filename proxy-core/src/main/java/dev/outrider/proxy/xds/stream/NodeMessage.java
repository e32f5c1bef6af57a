package dev.outrider.proxy.xds.stream;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.NodeConfig;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;

/// What a control plane is told about us: the configured node as it stands, and who we are.
public final class NodeMessage {
  private static final String USER_AGENT = "outrider";

  /// What a control plane may do with us that it may not with every client.
  private static final List<String> FEATURES =
      List.of("xds.config.supports-resource-ttl", "xds.config.supports-resource-in-sotw");

  private NodeMessage() {}

  public static Node of(NodeConfig config) {
    try {
      var node =
          Node.newBuilder()
              .setUserAgentName(USER_AGENT)
              .mergeFrom(config.message().toByteArray())
              .setId(config.id())
              .setCluster(config.cluster());
      for (var feature : FEATURES) {
        if (!node.getClientFeaturesList().contains(feature)) {
          node.addClientFeatures(feature);
        }
      }
      return node.build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the bootstrap was parsed from these bytes", e);
    }
  }
}
