package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.FilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// Makes filters of `envoy.filters.http.wasm` (Envoy `extensions.filters.http.wasm.v3.Wasm`).
public final class WasmFilterProvider implements FilterProvider {
  private static final String TYPE = "envoy.extensions.filters.http.wasm.v3.Wasm";

  private final PluginLoader loader;

  public WasmFilterProvider(WasmPlugins plugins) {
    this.loader = new PluginLoader(plugins);
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<HttpFilterFactory>> parse(Any config, ParseContext context) {
    return context
        .unpack(config, Wasm.parser())
        .thenLater(wasm -> loader.load(wasm.getConfig(), context, WasmPlugin::httpFilters));
  }
}
