/// The conversation with a control plane: aggregated streams, state of the world or delta, with
/// their nonces, back-offs and statistics, over gRPC; and requests of plain HTTP in their place.
///
/// May use `resource`, `xds.grpc` and lower floors, and gRPC in `GrpcAdsTransport` and
/// [dev.outrider.proxy.xds.stream.AdsMethod] alone. Main loop; what gRPC does elsewhere comes back
/// as a task. Read [dev.outrider.proxy.xds.stream.AdsClient] first.
@NullMarked
package dev.outrider.proxy.xds.stream;

import org.jspecify.annotations.NullMarked;
