package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
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
import org.jspecify.annotations.Nullable;

/// Makes services of `envoy.bootstrap.wasm` (Envoy `extensions.wasm.v3.WasmService`): a plugin that
/// only ticks, calls and listens to queues, on the main loop (`singleton`) or on every worker. It
/// runs until the process ends: then its root says `proxy_on_done`, and nobody waits for
/// `proxy_done`, as in Envoy.
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
    return context
        .unpack(config, WasmService.parser())
        .thenLater(message -> service(message, context));
  }

  private CompletionStage<Parsed<BootstrapExtension>> service(
      WasmService message, ParseContext context) {
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
  }

  private static final class Singleton implements BootstrapExtension {
    private final WasmPlugin plugin;
    private @Nullable PluginLease lease;

    Singleton(WasmPlugin plugin) {
      this.plugin = plugin;
    }

    @Override
    public void start(WorkerContext main, List<? extends WorkerContext> workers) {
      lease = plugin.lease(main);
    }

    @Override
    public void stop(WorkerContext main, List<? extends WorkerContext> workers) {
      if (lease != null) {
        lease.close();
      }
    }
  }

  private static final class PerWorker implements BootstrapExtension {
    private final WasmPlugin plugin;

    /// By the worker's index; each is touched on that worker's loop only.
    private @Nullable PluginLease[] leases = {};

    PerWorker(WasmPlugin plugin) {
      this.plugin = plugin;
    }

    @Override
    public void start(WorkerContext main, List<? extends WorkerContext> workers) {
      var own = new @Nullable PluginLease[workers.size()];
      leases = own;
      for (int i = 0; i < own.length; i++) {
        int index = i;
        var worker = workers.get(i);
        worker.loop().execute(() -> own[index] = plugin.lease(worker));
      }
    }

    @Override
    public void stop(WorkerContext main, List<? extends WorkerContext> workers) {
      var own = leases;
      for (int i = 0; i < own.length; i++) {
        int index = i;
        workers.get(i).loop().execute(() -> close(own[index]));
      }
    }

    private static void close(@Nullable PluginLease lease) {
      if (lease != null) {
        lease.close();
      }
    }
  }
}
