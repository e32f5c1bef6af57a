package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A gRPC service that the process itself reports to, as configured (Envoy `core.v3.GrpcService`).
/// Immutable, any thread.
///
/// @param authority empty for the cluster's name
/// @param metadata sent with each call
/// @param timeoutMillis of a call that has an answer; 0 = none
public record GrpcTarget(
    String cluster, String authority, List<Field> metadata, long timeoutMillis) {
  public GrpcTarget {
    metadata = List.copyOf(metadata);
  }

  /// One header of a call.
  public record Field(HeaderName name, String value) {}

  /// Starts a call whose answer is awaited for the configured time. On the loop of `callouts`. Null
  /// if there is no such cluster.
  public @Nullable GrpcCallout call(
      CalloutClient callouts,
      HeadStores heads,
      String service,
      String method,
      GrpcCalloutSink sink) {
    return open(callouts, heads, new Method(service, method, timeoutMillis), sink);
  }

  /// Starts a call that lasts. On the loop of `callouts`. Null if there is no such cluster.
  public @Nullable GrpcCallout stream(
      CalloutClient callouts,
      HeadStores heads,
      String service,
      String method,
      GrpcCalloutSink sink) {
    return open(callouts, heads, new Method(service, method, 0), sink);
  }

  private @Nullable GrpcCallout open(
      CalloutClient callouts, HeadStores heads, Method method, GrpcCalloutSink sink) {
    var head = heads.take(HeadKind.REQUEST);
    if (!authority.isEmpty()) {
      head.set(HeaderNames.AUTHORITY, authority);
    }
    for (var field : metadata) {
      head.add(field.name(), field.value());
    }
    return callouts.grpc(
        new GrpcCalloutSpec(cluster, method.service(), method.name(), head, method.timeoutMillis()),
        sink);
  }

  private record Method(String service, String name, long timeoutMillis) {}
}
