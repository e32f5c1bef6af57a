/// What a cluster is: its immutable configuration and endpoints, and the few counters that all
/// workers share.
///
/// Depends on `loop`, `metrics` and `tls`. Records belong to any thread;
/// [dev.outrider.proxy.cluster.ClusterShared] and [dev.outrider.proxy.cluster.HostShared] are
/// atomics touched by every loop. Read first: [dev.outrider.proxy.cluster.Cluster], then
/// [dev.outrider.proxy.cluster.EndpointSet].
@NullMarked
package dev.outrider.proxy.cluster;

import org.jspecify.annotations.NullMarked;
