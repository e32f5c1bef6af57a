package dev.outrider.proxy.server;

import com.google.protobuf.Any;
import com.google.protobuf.UnsafeByteOperations;
import dev.outrider.proxy.config.ExtensionEntry;
import dev.outrider.proxy.extension.BootstrapExtension;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.IgnorableExtensions;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.worker.WorkerGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// What runs beside the traffic: read and tried before the process starts, started when it has all
/// that it should start with. Main loop only.
final class BootstrapExtensions {
  private final List<BootstrapExtension> loaded = new ArrayList<>();
  private final ProviderRegistry<BootstrapExtension> providers;
  private boolean started;

  BootstrapExtensions(ProviderRegistry<BootstrapExtension> providers) {
    this.providers = providers;
  }

  /// Completes on `mainLoop` with every problem.
  CompletionStage<List<ConfigProblem>> load(List<ExtensionEntry> entries, Executor mainLoop) {
    CompletionStage<List<ConfigProblem>> problems =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (var i = 0; i < entries.size(); i++) {
      var config = config(entries.get(i));
      if (!IgnorableExtensions.contains(config)) {
        var field = "bootstrap_extensions[" + i + "].typed_config";
        var next =
            providers.parse(config, new ParseContext("bootstrap", field, entries.get(i).name()));
        problems = problems.thenCombineAsync(next, this::collect, mainLoop);
      }
    }
    return problems;
  }

  private static Any config(ExtensionEntry entry) {
    return Any.newBuilder()
        .setTypeUrl(entry.typeUrl())
        .setValue(UnsafeByteOperations.unsafeWrap(entry.value().toByteArray()))
        .build();
  }

  private List<ConfigProblem> collect(List<ConfigProblem> all, Parsed<BootstrapExtension> next) {
    switch (next) {
      case Parsed.Valid<BootstrapExtension>(var extension) -> loaded.add(extension);
      case Parsed.Invalid<BootstrapExtension>(var problems) -> all.addAll(problems);
    }
    return all;
  }

  void start(WorkerGroup loops) {
    started = true;
    loaded.forEach(extension -> extension.start(loops.mainLoop(), loops.workers()));
  }

  /// The process ends. What that means for each loop has been posted to it when this returns.
  void stop(WorkerGroup loops) {
    if (started) {
      started = false;
      loaded.forEach(extension -> extension.stop(loops.mainLoop(), loops.workers()));
    }
  }
}
