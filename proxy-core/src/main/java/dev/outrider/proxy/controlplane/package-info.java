/// A control plane of our own: an aggregated discovery server, state of the world, over real gRPC.
/// The demo pushes with it, tests listen to what the proxy answers.
///
/// May use everything below it, gRPC and protobuf; the proxy itself never depends on it. Its state
/// belongs to gRPC's own threads, one lock-free queue in between: read [AdsServer] first.
/// [ResourceFolder] feeds it from files, [ServedFolder] does so for as long as the command runs.
@NullMarked
package dev.outrider.proxy.controlplane;

import org.jspecify.annotations.NullMarked;
