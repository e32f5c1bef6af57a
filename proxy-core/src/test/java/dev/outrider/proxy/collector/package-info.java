/// A collector of reports (access logs, metrics) over gRPC, as tests script it, and what a real
/// Envoy tells it beside what we tell it.
///
/// Threads: those of grpc-java. Read [Collector][dev.outrider.proxy.collector.Collector] first.
@NullMarked
package dev.outrider.proxy.collector;

import org.jspecify.annotations.NullMarked;
