package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.BootstrapExtension;
import dev.outrider.proxy.extension.ExtensionProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.WorkerContext;
import io.envoyproxy.envoy.extensions.wasm.v3.WasmService;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes services of `envoy.bootstrap.wasm` (Envoy `extensions.wasm.v3.WasmService`): a plugin that
/// only ticks, calls and listens to queues, on the main loop (`singleton`) or on every worker. It
/// runs until the process ends.
public final class WasmServiceProvider implements ExtensionProvider<BootstrapExtension> {
  private static final String TYPE = "envoy.extensions.wasm.v3.WasmService";

  private final PluginLoader loader;
  private final WasmPlugins plugins;

  public WasmServiceProvider(WasmPlugins plugins) {
    this.loader = new PluginLoader(plugins);
    this.plugins = plugins;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<BootstrapExtension>> parse(Any config, ParseContext context) {
    try {
      var message = WasmService.parseFrom(config.getValue());
      if (message.getConfig().getVmConfig().getCode().hasRemote()) {
        return CompletableFuture.completedFuture(
            Parsed.invalid(
                context.problem(
                    "config.vm_config.code.remote",
                    "a service of the bootstrap starts before there are clusters to fetch by; use"
                        + " local.filename")));
      }
      return message.getSingleton()
          ? loader.load(message.getConfig(), context, plugins.mainLoop(), Singleton::new)
          : loader.load(message.getConfig(), context, plugins.workers(), PerWorker::new);
    } catch (InvalidProtocolBufferException malformed) {
      return CompletableFuture.completedFuture(
          Parsed.invalid(context.problem("", "is not a " + TYPE + ": " + malformed.getMessage())));
    }
  }

  private record Singleton(WasmPlugin plugin) implements BootstrapExtension {
    @Override
    public void start(WorkerContext main, List<? extends WorkerContext> workers) {
      var _ = plugin.lease(main);
    }
  }

  private record PerWorker(WasmPlugin plugin) implements BootstrapExtension {
    @Override
    public void start(WorkerContext main, List<? extends WorkerContext> workers) {
      for (var worker : workers) {
        worker.loop().execute(() -> plugin.lease(worker));
      }
    }
  }
}
