/// How a host is asked whether it is fit: over HTTP, over gRPC, or by connecting to it.
///
/// Each host has connections of its own, on the main loop, that count with nobody's. Depends on
/// `health` and what that depends on, and Netty's buffers. Read
/// [UpstreamProbes][dev.outrider.proxy.health.probe.UpstreamProbes] first.
@NullMarked
package dev.outrider.proxy.health.probe;

import org.jspecify.annotations.NullMarked;
