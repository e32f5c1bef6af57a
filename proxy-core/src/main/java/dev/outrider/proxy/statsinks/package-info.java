/// Statistics on their way to services that collect them, over gRPC: one message for each interval.
///
/// May use `metrics`, `upstream`, `filter` (for what a loop lends) and protobuf. Runs on the main
/// loop. Read [StatSink][dev.outrider.proxy.statsinks.StatSink] first.
@NullMarked
package dev.outrider.proxy.statsinks;

import org.jspecify.annotations.NullMarked;
