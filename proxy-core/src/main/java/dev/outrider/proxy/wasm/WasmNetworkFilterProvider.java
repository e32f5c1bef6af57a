package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.NetworkFilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import io.envoyproxy.envoy.extensions.filters.network.wasm.v3.Wasm;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// Makes filters of `envoy.filters.network.wasm` (Envoy `extensions.filters.network.wasm.v3.Wasm`).
public final class WasmNetworkFilterProvider implements NetworkFilterProvider {
  private static final String TYPE = "envoy.extensions.filters.network.wasm.v3.Wasm";

  private final PluginLoader loader;

  public WasmNetworkFilterProvider(WasmPlugins plugins) {
    this.loader = new PluginLoader(plugins);
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<NetworkFilterFactory>> parse(Any config, ParseContext context) {
    return context
        .unpack(config, Wasm.parser())
        .thenLater(wasm -> loader.load(wasm.getConfig(), context, WasmPlugin::networkFilters));
  }
}
