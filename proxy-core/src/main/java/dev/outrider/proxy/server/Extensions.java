package dev.outrider.proxy.server;

import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.wasm.WasmFilterProvider;
import dev.outrider.proxy.wasm.WasmOptions;
import java.util.List;
import java.util.concurrent.Executor;

/// Everything that can be named in a configuration. A new filter is one line here.
final class Extensions {
  private Extensions() {}

  static ProviderRegistry<HttpFilterFactory> httpFilters(
      int workers, Clock clock, MetricRegistry metrics, Executor background, WasmOptions wasm) {
    return new ProviderRegistry<>(
        List.of(new WasmFilterProvider(workers, clock, metrics, background, wasm)));
  }
}
