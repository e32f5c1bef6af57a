package dev.outrider.proxy.accesslog.otlp;

import dev.outrider.proxy.accesslog.grpc.BufferConfig;
import dev.outrider.proxy.upstream.GrpcTarget;
import io.envoyproxy.envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig;
import io.opentelemetry.proto.resource.v1.Resource;

/// One log as configured.
///
/// @param resource who the records come from
/// @param statPrefix of what it counts, whole
/// @param message of which the rest is a part: logs that differ in anything share nothing
record OtlpLogConfig(
    GrpcTarget target,
    BufferConfig buffer,
    Resource resource,
    String statPrefix,
    OpenTelemetryAccessLogConfig message) {}
