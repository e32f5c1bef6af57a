package dev.outrider.proxy.upstream;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import org.jspecify.annotations.Nullable;

/// [CalloutClient] over the clusters of one loop.
public final class Callouts implements CalloutClient {
  private final Upstreams upstreams;
  private final StatCells cells;

  public Callouts(Upstreams upstreams, MetricRegistry registry) {
    this.upstreams = upstreams;
    this.cells =
        registry.owner(CalloutStats.TEMPLATE, "http.async-client").cells(upstreams.loop().index());
  }

  @Override
  public boolean knows(String cluster) {
    return upstreams.find(cluster) != null;
  }

  @Override
  public @Nullable Callout call(CalloutSpec spec, CalloutSink outcome) {
    upstreams.loop().assertOnLoop();
    var call = new HttpCallout(upstreams, spec, outcome);
    var cluster = upstreams.find(spec.cluster());
    if (cluster == null) {
      call.cancel();
      return null;
    }
    cells.inc(CalloutStats.RQ_TOTAL);
    call.start(cluster);
    return call;
  }

  @Override
  public @Nullable GrpcCallout grpc(GrpcCalloutSpec spec, GrpcCalloutSink sink) {
    upstreams.loop().assertOnLoop();
    var cluster = upstreams.find(spec.cluster());
    if (cluster == null) {
      spec.metadata().release();
      return null;
    }
    var call = new GrpcCall(upstreams, spec, cluster, sink);
    cells.inc(CalloutStats.RQ_TOTAL);
    call.start();
    return call;
  }
}
