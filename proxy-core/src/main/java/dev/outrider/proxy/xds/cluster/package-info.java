/// Parsers of `cluster.v3` and `endpoint.v3`: from a cluster to a
/// [dev.outrider.proxy.cluster.Cluster], with balancing, health and outlier detection.
///
/// May use `secret`, `resource`, `core`, `cluster`, `health`, `outlier` and lower floors. Main
/// loop. Read [dev.outrider.proxy.xds.cluster.ClusterParser] first.
@NullMarked
package dev.outrider.proxy.xds.cluster;

import org.jspecify.annotations.NullMarked;
