package dev.outrider.proxy.collector;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.grpc.MethodDescriptor.MethodType;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;

/// What a collector serves, and of which messages.
public enum Service {
  ACCESS_LOGS(
      "envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs",
      MethodType.CLIENT_STREAMING,
      StreamAccessLogsMessage.getDefaultInstance()),
  METRICS(
      "envoy.service.metrics.v3.MetricsService/StreamMetrics",
      MethodType.CLIENT_STREAMING,
      StreamMetricsMessage.getDefaultInstance()),
  OTLP_LOGS(
      "opentelemetry.proto.collector.logs.v1.LogsService/Export",
      MethodType.UNARY,
      ExportLogsServiceRequest.getDefaultInstance()),
  OTLP_METRICS(
      "opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
      MethodType.UNARY,
      ExportMetricsServiceRequest.getDefaultInstance());

  final String method;
  final MethodType type;
  final Message shape;

  Service(String method, MethodType type, Message shape) {
    this.method = method;
    this.type = type;
    this.shape = shape;
  }
}
