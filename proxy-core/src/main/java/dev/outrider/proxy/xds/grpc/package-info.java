/// gRPC-Java's channels to control planes: connected, secured and kept alive as their cluster says,
/// and shared by all streams that go there.
///
/// May use `cluster`, `tls` and lower floors, gRPC and Netty; of configuration it knows the target
/// of a call. gRPC works on threads of its own; who opens a channel hops back to the main loop.
/// Read [ConnectionPool] first.
@NullMarked
package dev.outrider.proxy.xds.grpc;

import org.jspecify.annotations.NullMarked;
