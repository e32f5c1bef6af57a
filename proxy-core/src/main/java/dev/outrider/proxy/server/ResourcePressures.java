package dev.outrider.proxy.server;

import dev.outrider.proxy.overload.OverloadSpec;
import dev.outrider.proxy.overload.OverloadSpec.Resource;
import dev.outrider.proxy.overload.OverloadWatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// How much of the resources of this process is used.
record ResourcePressures(Executor background) implements OverloadWatch.Pressures {

  /// Watches them, once it is started, for all workers.
  static OverloadWatch watch(ServerParts parts, OverloadSpec spec) {
    return new OverloadWatch(
        parts.mainLoop(),
        parts.metrics(),
        spec,
        new ResourcePressures(parts.background()),
        parts.loops()::overload);
  }

  @Override
  public CompletionStage<Double> of(Resource resource) {
    return switch (resource) {
      case Resource.Heap(_, var mostBytes) -> CompletableFuture.completedFuture(heap(mostBytes));
      case Resource.File(_, var path) ->
          CompletableFuture.supplyAsync(() -> injected(Path.of(path)), background);
    };
  }

  private static double heap(long mostBytes) {
    var runtime = Runtime.getRuntime();
    return (double) (runtime.totalMemory() - runtime.freeMemory()) / mostBytes;
  }

  /// In the background.
  private static double injected(Path file) {
    try {
      var text = Files.readString(file).strip();
      var pressure = Double.parseDouble(text);
      if (pressure >= 0 && pressure <= 1) {
        return pressure;
      }
      throw new IllegalStateException(
          file + " must hold a number from 0 to 1, holds '" + text + "'");
    } catch (NumberFormatException malformed) {
      throw new IllegalStateException(file + " must hold a number from 0 to 1", malformed);
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot read " + file, failed);
    }
  }
}
