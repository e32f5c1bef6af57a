/// Brings configuration in: the aggregated xDS stream, parsers from Envoy's messages to our
/// records, and admission, where each resource waits by itself for what it needs before it becomes
/// active.
///
/// May use `config`, `extension` and lower floors, protobuf, and gRPC in [GrpcAdsTransport] and
/// [AdsMethod] alone. Everything runs on the main loop; what gRPC or a compiling provider finishes
/// elsewhere comes back as a task on it.
///
/// The way of a resource: [AdsClient] takes a response off the stream, [ResourceIntake] finds its
/// [ResourceType] and parses every resource in it, [Admission] keeps one state per resource and
/// publishes what became active as one [dev.outrider.proxy.config.ConfigChange], and the verdict
/// goes back as ACK or NACK. [Configuration] ties them together; read it first.
@NullMarked
package dev.outrider.proxy.xds;

import org.jspecify.annotations.NullMarked;
