package dev.outrider.proxy.statsinks;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.StatsFlushing.MetricsService;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatDeltas;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage.Identifier;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends to a service of Envoy's own kind (Envoy `service.metrics.v3.MetricsService`), by one call
/// that lasts. The call is opened by the first message, and anew by the next one after it has
/// ended.
public final class MetricsServiceSink implements StatSink, GrpcCalloutSink {
  private static final String SERVICE = "envoy.service.metrics.v3.MetricsService";
  private static final String METHOD = "StreamMetrics";

  /// What may wait in the call for its connection before an interval is left out.
  private static final int MOST_QUEUED = 1 << 20;

  private final MetricsService config;
  private final WorkerContext loop;
  private final MetricRegistry registry;
  private final Node node;
  private final StatDeltas deltas;
  private int queued;
  private @Nullable GrpcCallout call;

  /// @param node the serialised `core.v3.Node` of this process
  public MetricsServiceSink(
      MetricsService config, WorkerContext loop, MetricRegistry registry, byte[] node) {
    this.config = config;
    this.loop = loop;
    this.registry = registry;
    this.deltas = new StatDeltas(registry);
    try {
      this.node = Node.parseFrom(node);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the node is what the proxy wrote itself", e);
    }
  }

  @Override
  public void flush() {
    var fresh = call == null;
    var open = fresh ? open() : call;
    if (open == null || queued > MOST_QUEUED) {
      return;
    }
    var message = StreamMetricsMessage.newBuilder();
    if (fresh) {
      message.setIdentifier(Identifier.newBuilder().setNode(node));
    }
    // A cluster without a usable endpoint takes nothing: the next message tells of that as well.
    if (open.send(message.addAllEnvoyMetrics(families().all()).build().toByteArray(), false)) {
      deltas.end();
    }
  }

  private MetricFamilies families() {
    var now = TimeUnit.MICROSECONDS.toMillis(loop.loop().clock().epochMicros());
    var families = new MetricFamilies(now, config, registry.rules());
    var interval = deltas.look();
    families.addScalars(config.countersAsDeltas() ? interval.changes() : interval.totals());
    families.addHistograms(registry.distributions(StatFilter.USED));
    return families;
  }

  private @Nullable GrpcCallout open() {
    call = config.target().stream(loop.callouts(), loop.heads(), SERVICE, METHOD, this);
    return call;
  }

  @Override
  public void onInitialMetadata(HeaderMap metadata) {}

  @Override
  public void onMessage(byte[] message) {
    // the service says nothing; its answer, if any, is empty
  }

  @Override
  public void onTrailingMetadata(HeaderMap metadata) {}

  @Override
  public void onQueued(int more) {
    queued += more;
  }

  @Override
  public void onStatus(int code, String message, String details) {
    call = null;
    queued = 0;
  }
}
