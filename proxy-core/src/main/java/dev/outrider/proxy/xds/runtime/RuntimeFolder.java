package dev.outrider.proxy.xds.runtime;

import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.xds.file.FolderWatch;
import dev.outrider.proxy.xds.file.WatchedFile;
import dev.outrider.proxy.xds.resource.IntakeSpec;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A layer of the runtime that is a folder, a file for each key and a point for each folder in
/// between. Read when the process starts and whenever the symbolic link at its root is swapped.
/// Main loop only; reads in the background.
public final class RuntimeFolder {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private final RuntimeLayerSpec.Disk layer;
  private final LayeredRuntime runtime;
  private final IntakeSpec spec;
  private final CompletableFuture<@Nullable Void> first = new CompletableFuture<>();
  private RuntimeFiles.@Nullable Read last;
  private boolean busy;
  private boolean readAgain;

  private RuntimeFolder(RuntimeLayerSpec.Disk layer, LayeredRuntime runtime, IntakeSpec spec) {
    this.layer = layer;
    this.runtime = runtime;
    this.spec = spec;
  }

  /// Reads every folder among the layers, and again as often as one changes. Completes on the main
  /// loop when each was read once and published.
  public static CompletionStage<?> startAll(
      LayeredRuntime runtime, IntakeSpec spec, FolderWatch folders) {
    var read = new ArrayList<CompletableFuture<?>>();
    for (var each : runtime.specs()) {
      if (each instanceof RuntimeLayerSpec.Disk disk) {
        var folder = new RuntimeFolder(disk, runtime, spec);
        read.add(folder.first);
        WatchedFile.open(
            new FileSource(disk.root(), ""), folders, spec.background(), spec.loop(), folder::read);
      }
    }
    return CompletableFuture.allOf(read.toArray(CompletableFuture[]::new));
  }

  private void read(boolean again) {
    if (busy) {
      readAgain = true;
      return;
    }
    busy = true;
    CompletableFuture.supplyAsync(() -> RuntimeFiles.read(layer.folder()), spec.background())
        .exceptionally(RuntimeFolder::failed)
        .thenAcceptAsync(this::take, spec.loop()::execute);
  }

  private static RuntimeFiles.Read failed(Throwable failure) {
    var cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    return new RuntimeFiles.Read(null, String.valueOf(cause));
  }

  private void take(RuntimeFiles.Read read) {
    busy = false;
    if (!read.equals(last)) {
      last = read;
      publish(read).thenRun(() -> first.complete(null));
    }
    if (readAgain) {
      readAgain = false;
      read(true);
    }
  }

  private CompletionStage<?> publish(RuntimeFiles.Read read) {
    if (read.problem().isEmpty()) {
      return runtime.replace(layer.name(), read.values());
    }
    LOG.warn(
        "runtime layer '{}': folder '{}' cannot be read, it counts as empty: {}",
        layer.name(),
        layer.folder(),
        read.problem());
    return runtime.broken(layer.name());
  }
}
