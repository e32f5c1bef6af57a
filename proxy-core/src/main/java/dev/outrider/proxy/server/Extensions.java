package dev.outrider.proxy.server;

import dev.outrider.proxy.accesslog.grpc.GrpcLogProvider;
import dev.outrider.proxy.accesslog.grpc.LogLoops;
import dev.outrider.proxy.accesslog.otlp.OtlpLogProvider;
import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.extension.AccessLogReader;
import dev.outrider.proxy.extension.BootstrapExtension;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.DnsCacheReader;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filters.forwardproxy.ForwardProxyProvider;
import dev.outrider.proxy.filters.healthcheck.HealthCheckProvider;
import dev.outrider.proxy.filters.ondemand.OnDemandProvider;
import dev.outrider.proxy.filters.statefulsession.StatefulSessionProvider;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.network.connection_limit.ConnectionLimitProvider;
import dev.outrider.proxy.network.rbac.RbacFilterProvider;
import dev.outrider.proxy.network.tcp_proxy.TcpProxyProvider;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.wasm.WasmAccessLogProvider;
import dev.outrider.proxy.wasm.WasmFilterProvider;
import dev.outrider.proxy.wasm.WasmNetworkFilterProvider;
import dev.outrider.proxy.wasm.WasmPlugins;
import dev.outrider.proxy.wasm.WasmServiceProvider;
import dev.outrider.proxy.xds.core.LineFormatParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import java.util.List;

/// Everything that can be named in a configuration. A new filter is one line here.
final class Extensions {
  private Extensions() {}

  /// @param localCluster that this proxy belongs to
  static ProviderRegistry<HttpFilterFactory> httpFilters(
      WasmPlugins wasm, String localCluster, DnsCacheReader dnsCaches) {
    return new ProviderRegistry<>(
        List.of(
            new WasmFilterProvider(wasm),
            new HealthCheckProvider(localCluster),
            new StatefulSessionProvider(),
            new OnDemandProvider(),
            new ForwardProxyProvider(dnsCaches)));
  }

  static ProviderRegistry<AccessLogger> accessLoggers(
      WasmPlugins wasm, LogLoops logLoops, byte[] node) {
    return new ProviderRegistry<>(
        List.of(
            new WasmAccessLogProvider(wasm),
            new GrpcLogProvider(logLoops, node),
            new OtlpLogProvider(logLoops, Extensions::formats, node)));
  }

  private static FormatEnvironment formats(
      List<TypedExtensionConfig> formatters, ParseContext context, List<ConfigProblem> problems) {
    return LineFormatParser.environment(
        formatters, new Scope(context.resource(), context.field(), problems));
  }

  static ProviderRegistry<BootstrapExtension> bootstrapExtensions(WasmPlugins wasm) {
    return new ProviderRegistry<>(List.of(new WasmServiceProvider(wasm)));
  }

  static ProviderRegistry<NetworkFilterFactory> networkFilters(
      WasmPlugins wasm, MetricRegistry metrics, AccessLogReader accessLogs) {
    return new ProviderRegistry<>(
        List.of(
            new WasmNetworkFilterProvider(wasm),
            new TcpProxyProvider(metrics, accessLogs),
            new RbacFilterProvider(metrics),
            new ConnectionLimitProvider(metrics)));
  }
}
