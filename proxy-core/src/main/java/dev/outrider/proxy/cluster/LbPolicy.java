package dev.outrider.proxy.cluster;

/// How an endpoint of a cluster is chosen (Envoy cluster.v3.Cluster.LbPolicy).
public enum LbPolicy {
  ROUND_ROBIN
}
