package dev.outrider.proxy.xds.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.loop.Turn;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.xds.file.FolderWatch;
import dev.outrider.proxy.xds.resource.IntakeSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeFolderIT {
  @TempDir Path parent;
  private final FolderWatch folders = new FolderWatch();
  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<RuntimeSnapshot> snapshots = new LinkedBlockingQueue<>();

  private final Loop loop = new QueueLoop(new FakeLoop(), tasks);

  /// A loop that this thread runs; others may give it tasks.
  private record QueueLoop(FakeLoop inner, LinkedBlockingQueue<Runnable> tasks) implements Loop {
    @Override
    public int index() {
      return inner.index();
    }

    @Override
    public boolean onLoop() {
      return inner.onLoop();
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public Timers timers() {
      return inner.timers();
    }

    @Override
    public Clock clock() {
      return inner.clock();
    }

    @Override
    public Turn turn() {
      return inner.turn();
    }
  }

  @AfterEach
  void close() {
    folders.close();
  }

  private RuntimeSnapshot next() throws InterruptedException {
    while (snapshots.isEmpty()) {
      var task = tasks.poll(20, TimeUnit.SECONDS);
      assertThat(task).as("something in time").isNotNull();
      task.run();
    }
    return snapshots.remove();
  }

  private void write(String version, String key, String text) throws Exception {
    var file = parent.resolve(version).resolve("envoy/mine").resolve(key);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void swap(String version) throws Exception {
    var fresh = Files.createSymbolicLink(parent.resolve("fresh"), Path.of(version));
    Files.move(
        fresh,
        parent.resolve("root"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void readsAFileForEachKeyAndAgainWhenTheLinkIsSwapped() throws Exception {
    write("v1", "health/min", "# a comment\n5\n");
    write("v1", "share", "numerator: 1\ndenominator: MILLION\n");
    write("v1", "empty", "# nothing\n");
    swap("v1");
    var root = parent.resolve("root").toString();
    var metrics = new MetricRegistry(1);
    var runtime =
        new LayeredRuntime(
            loop,
            metrics,
            List.of(new RuntimeLayerSpec.Disk("d", root, root + "/envoy/mine")),
            snapshot -> {
              snapshots.add(snapshot);
              return CompletableFuture.completedFuture(null);
            });
    var reader = new ConfigReader(Schema.load());
    var spec =
        new IntakeSpec(
            loop,
            Executors.newVirtualThreadPerTaskExecutor(),
            metrics,
            reader,
            (_, _, _) -> List.of());

    var started = RuntimeFolder.startAll(runtime, spec, folders);
    var first = next();

    assertThat(started.toCompletableFuture()).isCompleted();
    assertThat(first.values()).containsOnlyKeys("health.min", "share", "empty");
    assertThat(first.integer("health.min", 0)).isEqualTo(5);
    assertThat(first.takes("share", 100, 100, 1)).isFalse();
    assertThat(first.values().get("empty")).isEqualTo(RuntimeValue.ofText(""));

    write("v2", "health/min", "6");
    swap("v2");

    assertThat(next().integer("health.min", 0)).isEqualTo(6);
  }
}
