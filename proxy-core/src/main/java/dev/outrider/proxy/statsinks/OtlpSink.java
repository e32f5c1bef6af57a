package dev.outrider.proxy.statsinks;

import dev.outrider.proxy.config.StatsFlushing.OpenTelemetry;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatDeltas;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.concurrent.TimeUnit;

/// Sends to a collector of OpenTelemetry: a call for each interval. Of its answers nothing is done,
/// as in Envoy.
public final class OtlpSink implements StatSink {
  private static final String SERVICE = "opentelemetry.proto.collector.metrics.v1.MetricsService";
  private static final String METHOD = "Export";

  /// Calls of a collector that never answers hold memory; then intervals are left out.
  private static final int MOST_CALLS = 8;

  /// What may wait in calls for their connection before an interval is left out.
  private static final int MOST_QUEUED = 1 << 20;

  private final OpenTelemetry config;
  private final WorkerContext loop;
  private final MetricRegistry registry;
  private final Resource resource;
  private final StatDeltas deltas;
  private final long startNanos;
  private long lastNanos;
  private int calls;
  private int queued;

  /// @param version of this program
  public OtlpSink(
      OpenTelemetry config, WorkerContext loop, MetricRegistry registry, String version) {
    this.config = config;
    this.loop = loop;
    this.registry = registry;
    this.resource = OtlpMetrics.resource(version);
    this.deltas = new StatDeltas(registry);
    this.startNanos = now();
    this.lastNanos = startNanos;
  }

  @Override
  public void flush() {
    if (calls >= MOST_CALLS || queued > MOST_QUEUED) {
      return;
    }
    var call = config.target().call(loop.callouts(), loop.heads(), SERVICE, METHOD, new Export());
    if (call != null) {
      calls++;
      var now = now();
      // A cluster without a usable endpoint takes nothing: the next call tells of that as well.
      if (call.send(request(now).toByteArray(), true)) {
        deltas.end();
        lastNanos = now;
      }
    }
  }

  private ExportMetricsServiceRequest request(long now) {
    var metrics =
        new OtlpMetrics(
            config.shape(), registry.rules(), new OtlpMetrics.Times(startNanos, lastNanos, now));
    var interval = deltas.look();
    metrics.addGauges(interval.totals());
    metrics.addCounters(config.shape().countersAsDeltas() ? interval.changes() : interval.totals());
    metrics.addHistograms(registry.distributions(StatFilter.USED));
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .setResource(resource)
                .addScopeMetrics(ScopeMetrics.newBuilder().addAllMetrics(metrics.all())))
        .build();
  }

  private long now() {
    return TimeUnit.MICROSECONDS.toNanos(loop.loop().clock().epochMicros());
  }

  /// One interval on its way.
  private final class Export implements GrpcCalloutSink {
    @Override
    public void onInitialMetadata(HeaderMap metadata) {}

    @Override
    public void onMessage(byte[] message) {}

    @Override
    public void onTrailingMetadata(HeaderMap metadata) {}

    @Override
    public void onQueued(int more) {
      queued += more;
    }

    @Override
    public void onStatus(int code, String message, String details) {
      calls--;
    }
  }
}
