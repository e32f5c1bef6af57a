/// gRPC-Java's channels to static clusters: connected, secured and kept alive as the cluster says.
///
/// May use `cluster`, `tls` and lower floors, gRPC and Netty; knows nothing of configuration. gRPC
/// works on threads of its own; who opens a channel hops back to the main loop. Read
/// [ControlPlaneChannel] first.
@NullMarked
package dev.outrider.proxy.xds.grpc;

import org.jspecify.annotations.NullMarked;
