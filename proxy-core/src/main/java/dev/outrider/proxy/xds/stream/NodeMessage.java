package dev.outrider.proxy.xds.stream;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.NodeConfig;
import io.envoyproxy.envoy.config.core.v3.Node;

/// What a control plane is told about us: the configured node as it stands, and who we are.
public final class NodeMessage {
  private static final String USER_AGENT = "outrider";

  private NodeMessage() {}

  public static Node of(NodeConfig config) {
    try {
      return Node.newBuilder()
          .setUserAgentName(USER_AGENT)
          .mergeFrom(config.message().toByteArray())
          .setId(config.id())
          .setCluster(config.cluster())
          .build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the bootstrap was parsed from these bytes", e);
    }
  }
}
