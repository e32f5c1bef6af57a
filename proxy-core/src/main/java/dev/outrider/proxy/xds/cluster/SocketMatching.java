package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.SocketMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Decides by which of a cluster's transport sockets each endpoint is reached: the first whose
/// labels the endpoint has, else the first whose labels its locality has, else the cluster's own
/// (Envoy `transport_socket_matches`). Main loop only.
public final class SocketMatching {
  private static final String KEY = "envoy.transport_socket_match";

  private final List<Struct> labels = new ArrayList<>();
  private final Map<EndpointMetadata, Integer> decided = new HashMap<>();

  private SocketMatching(List<SocketMatch> matches) {
    for (var match : matches) {
      labels.add(struct(match.labels()));
    }
  }

  public static Assignment decide(Cluster cluster, Assignment assignment) {
    if (cluster.socketMatches().isEmpty()) {
      return assignment;
    }
    var matching = new SocketMatching(cluster.socketMatches());
    return assignment.with(assignment.endpoints().stream().map(matching::decide).toList());
  }

  private EndpointSpec decide(EndpointSpec endpoint) {
    var match = decided.computeIfAbsent(endpoint.metadata(), this::find);
    return endpoint.reached(endpoint.access().by(match));
  }

  private int find(EndpointMetadata metadata) {
    var own = find(metadata.own());
    return own == EndpointAccess.DEFAULT_SOCKET ? find(metadata.ofLocality()) : own;
  }

  private int find(Metadata metadata) {
    var said = said(metadata);
    for (var i = 0; i < labels.size(); i++) {
      var wanted = labels.get(i).getFieldsMap();
      if (said.getFieldsMap().entrySet().containsAll(wanted.entrySet())) {
        return i;
      }
    }
    return EndpointAccess.DEFAULT_SOCKET;
  }

  private static Struct said(Metadata metadata) {
    try {
      return io.envoyproxy.envoy.config.core.v3.Metadata.parseFrom(metadata.message())
          .getFilterMetadataOrDefault(KEY, Struct.getDefaultInstance());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("was written by a parser", e);
    }
  }

  private static Struct struct(Metadata labels) {
    try {
      return Struct.parseFrom(labels.message());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("was written by a parser", e);
    }
  }
}
