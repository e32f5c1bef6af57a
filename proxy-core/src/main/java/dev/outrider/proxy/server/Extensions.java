package dev.outrider.proxy.server;

import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.wasm.WasmFilterProvider;
import dev.outrider.proxy.wasm.WasmPlugins;
import java.util.List;

/// Everything that can be named in a configuration. A new filter is one line here.
final class Extensions {
  private Extensions() {}

  static ProviderRegistry<HttpFilterFactory> httpFilters(WasmPlugins wasm) {
    return new ProviderRegistry<>(List.of(new WasmFilterProvider(wasm)));
  }
}
