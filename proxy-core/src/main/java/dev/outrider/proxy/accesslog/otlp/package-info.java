/// Access logs in the form of OpenTelemetry's log records (Envoy
/// `extensions.access_loggers.open_telemetry.v3`), exported over gRPC: one call for each batch.
///
/// May use `accesslog.grpc` (for what gathers entries), `attributes`, `stream`, `upstream`,
/// `extension` and protobuf. Parsed where configuration is read; everything else runs on the loop
/// of the streams that are logged. Read [OtlpLane][dev.outrider.proxy.accesslog.otlp.OtlpLane]
/// first.
@NullMarked
package dev.outrider.proxy.accesslog.otlp;

import org.jspecify.annotations.NullMarked;
