package dev.outrider.proxy.server;

import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.overload.OverloadSpec;
import dev.outrider.proxy.overload.OverloadSpec.Resource;
import dev.outrider.proxy.overload.OverloadWatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// How much of the resources of this process is used. Main loop only.
final class ResourcePressures implements OverloadWatch.Pressures {
  private static final Path ROOT = Path.of("/");

  private final Executor background;
  private final Clock clock;
  private final Map<Resource, CpuUse> processors = new HashMap<>();

  ResourcePressures(Executor background, Clock clock) {
    this.background = background;
    this.clock = clock;
  }

  /// Watches them, once it is started, for all workers.
  static OverloadWatch watch(ServerParts parts, OverloadSpec spec) {
    return new OverloadWatch(
        parts.mainLoop(),
        parts.metrics(),
        spec,
        new ResourcePressures(parts.background(), parts.mainLoop().clock()),
        parts.loops()::overload);
  }

  @Override
  public CompletionStage<Double> of(Resource resource) {
    return switch (resource) {
      case Resource.Heap(_, var mostBytes) -> CompletableFuture.completedFuture(heap(mostBytes));
      case Resource.File(_, var path) ->
          CompletableFuture.supplyAsync(() -> injected(Path.of(path)), background);
      case Resource.Cpu(_, var container) -> {
        var use =
            processors.computeIfAbsent(resource, _ -> new CpuUse(ROOT, container, clock::nanoTime));
        yield inBackground(use::look);
      }
      case Resource.CgroupMemory(_, var mostBytes) ->
          inBackground(new CgroupMemory(ROOT, mostBytes)::look);
    };
  }

  /// Reads files.
  private interface Look {
    double look() throws IOException;
  }

  private CompletionStage<Double> inBackground(Look look) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return look.look();
          } catch (IOException failed) {
            throw new UncheckedIOException(failed);
          }
        },
        background);
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
