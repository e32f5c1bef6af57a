package dev.outrider.proxy.extension;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.upstream.GrpcTarget;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Reads `core.v3.GrpcService` where the process itself reports to a service.
public final class GrpcTargetReader {
  /// What OpenTelemetry's exporters wait for by default (`OTEL_EXPORTER_OTLP_TIMEOUT`). Envoy has
  /// no limit: its calls to a service that never answers pile up.
  private static final long ANSWER_MILLIS = 10_000;

  private GrpcTargetReader() {}

  /// Where to call, whatever was wrong with it.
  ///
  /// @param place of the message, which the fields of problems start with
  /// @param problems gets field and text of each
  public static GrpcTarget read(
      GrpcService message, String place, BiConsumer<String, String> problems) {
    if (!message.hasEnvoyGrpc()) {
      problems.accept(
          place, "google_grpc is not supported; define a cluster and name it in envoy_grpc");
    }
    var grpc = message.getEnvoyGrpc();
    refuse(message.hasRetryPolicy(), place + ".retry_policy", problems);
    refuse(grpc.hasRetryPolicy(), place + ".envoy_grpc.retry_policy", problems);
    var timeout = message.getTimeout();
    var millis = timeout.getSeconds() * 1_000 + timeout.getNanos() / 1_000_000;
    return new GrpcTarget(
        grpc.getClusterName(),
        grpc.getAuthority(),
        metadata(message, place, problems),
        message.hasTimeout() ? millis : ANSWER_MILLIS);
  }

  private static List<GrpcTarget.Field> metadata(
      GrpcService message, String place, BiConsumer<String, String> problems) {
    var metadata = new ArrayList<GrpcTarget.Field>();
    for (var i = 0; i < message.getInitialMetadataCount(); i++) {
      var field = message.getInitialMetadata(i);
      var at = place + ".initial_metadata[" + i + "]";
      if (field.getValue().replace("%%", "").contains("%")) {
        problems.accept(at + ".value", "operators are not supported");
      }
      try {
        metadata.add(
            new GrpcTarget.Field(
                HeaderName.of(field.getKey()),
                field.getRawValue().isEmpty()
                    ? field.getValue().replace("%%", "%")
                    : field.getRawValue().toStringUtf8()));
      } catch (IllegalArgumentException e) {
        problems.accept(at + ".key", String.valueOf(e.getMessage()));
      }
    }
    return metadata;
  }

  private static void refuse(boolean isSet, String field, BiConsumer<String, String> problems) {
    if (isSet) {
      problems.accept(field, "is not supported");
    }
  }
}
