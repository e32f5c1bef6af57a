package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.ExtensionProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.extensions.access_loggers.wasm.v3.WasmAccessLog;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// Makes access loggers of `envoy.access_loggers.wasm` (Envoy
/// `extensions.access_loggers.wasm.v3.WasmAccessLog`).
public final class WasmAccessLogProvider implements ExtensionProvider<AccessLogger> {
  private static final String TYPE = "envoy.extensions.access_loggers.wasm.v3.WasmAccessLog";

  private final PluginLoader loader;

  public WasmAccessLogProvider(WasmPlugins plugins) {
    this.loader = new PluginLoader(plugins);
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<AccessLogger>> parse(Any config, ParseContext context) {
    return context
        .unpack(config, WasmAccessLog.parser())
        .thenLater(log -> loader.load(log.getConfig(), context, WasmPlugin::accessLogger));
  }
}
