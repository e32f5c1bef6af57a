package dev.outrider.proxy.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.outrider.proxy.admin.OpenFile;
import dev.outrider.proxy.admin.Profiler;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.text.ParseException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/// Envoy's profilers by means of the JVM: recordings of its flight recorder and its heap dumps.
/// Called on the main loop; works in the background, one thing at a time for each subject. A heap
/// dump has a thread of its own, since it takes as long as the heap is large.
final class JvmProfiler implements Profiler {
  private static final Duration SAMPLE = Duration.ofMillis(10);

  /// On disk, of one recording; then the oldest of it goes.
  private static final long MOST_BYTES = 256 << 20;

  private final Executor mainLoop;
  private final Executor background;
  private final Path cpuProfile;
  private final Map<Subject, Recording> running = new EnumMap<>(Subject.class);
  private final Map<Subject, CompletionStage<String>> starting = new EnumMap<>(Subject.class);
  private boolean dumping;

  /// @param cpuProfile where a CPU profile is written; the heap's gets `.heap` behind its name
  JvmProfiler(Executor mainLoop, Executor background, Path cpuProfile) {
    this.mainLoop = mainLoop;
    this.background = background;
    this.cpuProfile = cpuProfile;
  }

  private Path file(Subject subject) {
    return switch (subject) {
      case CPU -> cpuProfile;
      case HEAP -> Path.of(cpuProfile + ".heap");
    };
  }

  @Override
  public CompletionStage<String> start(Subject subject) {
    if (running.containsKey(subject)) {
      return CompletableFuture.completedFuture("");
    }
    var already = starting.get(subject);
    if (already != null) {
      return already;
    }
    var started =
        this.<Recording>inBackground(() -> record(subject))
            .handle(
                (recording, failure) -> {
                  starting.remove(subject);
                  if (failure != null) {
                    return sentence(failure);
                  }
                  running.put(subject, recording);
                  return "";
                });
    starting.put(subject, started);
    return started;
  }

  /// The file must be possible to write before anybody waits for it.
  private Recording record(Subject subject) throws IOException, ParseException {
    var file = file(subject);
    Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    var recording = new Recording();
    switch (subject) {
      case CPU -> {
        recording.setSettings(Configuration.getConfiguration("profile").getSettings());
        recording.enable("jdk.ExecutionSample").withPeriod(SAMPLE);
        recording.enable("jdk.NativeMethodSample").withPeriod(SAMPLE);
      }
      case HEAP -> {
        recording.enable("jdk.ObjectAllocationSample").withStackTrace();
        recording.enable("jdk.OldObjectSample").withStackTrace();
        recording.enable("jdk.GCHeapSummary");
        recording.enable("jdk.GarbageCollection");
      }
    }
    recording.setName(subject.name());
    recording.setMaxSize(MOST_BYTES);
    recording.start();
    return recording;
  }

  @Override
  public CompletionStage<String> stop(Subject subject) {
    var started = starting.get(subject);
    if (started != null) { // else it would run for ever
      return started.thenCompose(_ -> stop(subject));
    }
    var recording = running.remove(subject);
    if (recording == null) {
      return CompletableFuture.completedFuture("");
    }
    return this.<Path>inBackground(
            () -> {
              try (recording) {
                recording.stop();
                recording.dump(file(subject));
                return file(subject);
              }
            })
        .handle((_, failure) -> failure == null ? "" : sentence(failure));
  }

  @Override
  public CompletionStage<OpenFile> heapDump() {
    if (dumping) { // each is as large as the heap, and stops the process meanwhile
      return CompletableFuture.failedFuture(
          new IllegalStateException("another one is being written; ask again when it has ended"));
    }
    dumping = true;
    return on(Thread.ofPlatform().daemon().name("heap-dump")::start, JvmProfiler::dump)
        .whenComplete((_, _) -> dumping = false);
  }

  private static OpenFile dump() throws IOException {
    var folder = Files.createTempDirectory("outrider-heap");
    var file = folder.resolve("heap.hprof");
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpHeap(file.toString(), true);
      var channel = FileChannel.open(file, StandardOpenOption.READ);
      return new OpenFile(channel, channel.size());
    } finally {
      Files.deleteIfExists(file); // what is open can be read to its end
      Files.deleteIfExists(folder);
    }
  }

  @Override
  public Memory memory() {
    var runtime = Runtime.getRuntime();
    return new Memory(
        runtime.totalMemory() - runtime.freeMemory(),
        runtime.totalMemory(),
        ProcessStats.residentBytes());
  }

  private <T> CompletionStage<T> inBackground(Callable<T> work) {
    return on(background, work);
  }

  <T> CompletionStage<T> on(Executor threads, Callable<T> work) {
    var result = new CompletableFuture<T>();
    threads.execute(
        () -> {
          try {
            var value = work.call();
            mainLoop.execute(() -> result.complete(value));
          } catch (Throwable failure) { // whoever asked is told, of want of memory too
            mainLoop.execute(() -> result.completeExceptionally(failure));
          }
        });
    return result;
  }

  private static String sentence(Throwable failure) {
    var why = failure.getCause() == null ? failure : failure.getCause();
    return why.toString();
  }
}
