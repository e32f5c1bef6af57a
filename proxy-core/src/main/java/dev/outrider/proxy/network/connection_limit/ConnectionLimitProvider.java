package dev.outrider.proxy.network.connection_limit;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.NetworkFilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import io.envoyproxy.envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/// Makes connection limits from `filters.network.connection_limit.v3.ConnectionLimit`.
public final class ConnectionLimitProvider implements NetworkFilterProvider {
  private static final String TYPE =
      "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit";

  private final MetricRegistry registry;

  public ConnectionLimitProvider(MetricRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<NetworkFilterFactory>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        context.unpack(config, ConnectionLimit.parser()).then(this::factory));
  }

  private Parsed<NetworkFilterFactory> factory(ConnectionLimit message) {
    var delay = message.getDelay();
    var spec =
        new ConnectionLimitSpec(
            message.getStatPrefix(),
            message.getMaxConnections().getValue(),
            delay.getSeconds() * 1_000 + delay.getNanos() / 1_000_000,
            message.getRuntimeEnabled().getRuntimeKey(),
            !message.hasRuntimeEnabled()
                || !message.getRuntimeEnabled().hasDefaultValue()
                || message.getRuntimeEnabled().getDefaultValue().getValue());
    return Parsed.valid(new Factory(spec, new AtomicLong(), registry));
  }

  /// One chain's limit, on all workers.
  ///
  /// @param all their connections together
  record Factory(ConnectionLimitSpec spec, AtomicLong all, MetricRegistry registry)
      implements NetworkFilterFactory {
    @Override
    public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
      return new WorkerConnectionLimit(spec, all, worker.loop(), worker.runtime(), registry);
    }
  }
}
