package dev.outrider.proxy.simulation;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.network.tcp_proxy.TcpProxyProvider;
import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The TCP proxy of a run, with its log.
final class SimTcpProxy {
  private static final TcpProxy CONFIG =
      TcpProxy.newBuilder()
          .setStatPrefix("sim")
          .setCluster("svc")
          .setIdleTimeout(Duration.newBuilder().setSeconds(SimTcpClient.PATIENCE.toSeconds()))
          .build();

  private final NetworkFilterFactory factory;
  private @Nullable WorkerNetworkFilterFactory kept;
  private int logged;

  SimTcpProxy(MetricRegistry registry) {
    AccessLogger logger = _ -> logged++;
    var provider =
        new TcpProxyProvider(
            registry, (_, _) -> CompletableFuture.completedFuture(Parsed.valid(List.of(logger))));
    var parsed = provider.parse(Any.pack(CONFIG), new ParseContext("simulation", "filter", "tcp"));
    factory =
        switch (parsed.toCompletableFuture().join()) {
          case Parsed.Valid<NetworkFilterFactory>(var made) -> made;
          case Parsed.Invalid<NetworkFilterFactory>(var problems) ->
              throw new AssertionError(problems.toString());
        };
  }

  NetworkFilterFactory factory() {
    return factory;
  }

  /// They outlive what counts in them.
  void keepStatistics(SimWorker worker) {
    kept = factory.forWorker(worker);
  }

  int logged() {
    return logged;
  }

  void close() {
    if (kept != null) {
      kept.close();
    }
  }
}
