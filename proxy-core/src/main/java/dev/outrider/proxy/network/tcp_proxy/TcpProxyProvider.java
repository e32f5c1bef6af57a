package dev.outrider.proxy.network.tcp_proxy;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.AccessLogReader;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.NetworkFilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// Makes TCP proxies from `filters.network.tcp_proxy.v3.TcpProxy`.
public final class TcpProxyProvider implements NetworkFilterProvider {
  private static final String TYPE = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

  private final MetricRegistry registry;
  private final AccessLogReader accessLogs;

  public TcpProxyProvider(MetricRegistry registry, AccessLogReader accessLogs) {
    this.registry = registry;
    this.accessLogs = accessLogs;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<NetworkFilterFactory>> parse(Any config, ParseContext context) {
    return context
        .unpack(config, TcpProxy.parser())
        .thenLater(message -> factory(message, context));
  }

  private CompletionStage<Parsed<NetworkFilterFactory>> factory(
      TcpProxy message, ParseContext context) {
    var problems = new ArrayList<ConfigProblem>();
    var spec = new TcpProxyReader(message, context, problems).read();
    return accessLogs
        .read(message.getAccessLogList(), context)
        .thenApply(
            loggers -> {
              problems.addAll(loggers.problems());
              return problems.isEmpty()
                  ? loggers.then(good -> Parsed.valid(new Factory(spec.logging(good), registry)))
                  : new Parsed.Invalid<>(problems);
            });
  }

  /// One chain's proxy, on whatever worker.
  record Factory(TcpProxySpec spec, MetricRegistry registry) implements NetworkFilterFactory {

    @Override
    public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
      return new WorkerTcpProxy(spec, worker, registry);
    }

    @Override
    public boolean terminal() {
      return true;
    }
  }
}
