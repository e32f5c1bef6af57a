package dev.outrider.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A proxy as an operator starts it: by the launcher, with its flags and its start-up cache.
/// Belongs to the thread that made it.
final class ShippedProxy implements AutoCloseable {
  private final Process process;
  private final Path bootstrap;

  /// Builds what is not built, and the start-up cache.
  static void prepare() throws IOException, InterruptedException {
    if (new ProcessBuilder(launcher(), "--version").inheritIO().start().waitFor() != 0) {
      throw new IllegalStateException("the launcher fails");
    }
  }

  private static String launcher() {
    return Path.of(System.getProperty("outrider.home"), "outrider").toString();
  }

  /// @param cached with the start-up cache
  ShippedProxy(String bootstrap, boolean cached) {
    try {
      this.bootstrap = Files.createTempFile("bootstrap", ".yaml");
      Files.writeString(this.bootstrap, bootstrap);
      var builder =
          new ProcessBuilder(
                  launcher(), "-c", this.bootstrap.toString(), "--concurrency", "2", "-l", "error")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().putAll(Map.of("OUTRIDER_AOT", cached ? "on" : "off"));
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("the launcher cannot be started", e);
    }
  }

  /// CPU time of all its threads that live, in nanoseconds.
  long cpuNanos() {
    return cpuNanos("");
  }

  /// The same of those whose names begin so.
  long cpuNanos(String threads) {
    long sum = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (var task : (Iterable<Path>) tasks::iterator) {
        sum += cpuNanos(task, threads);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sum;
  }

  private static long cpuNanos(Path task, String threads) throws IOException {
    try {
      return Files.readString(task.resolve("comm")).startsWith(threads)
          ? Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ", 2)[0])
          : 0;
    } catch (NoSuchFileException gone) {
      return 0; // it has ended since the list was made
    } catch (IOException e) {
      // So has one whose file was open already: the kernel says ESRCH then.
      if (Files.exists(task)) {
        throw e;
      }
      return 0;
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
      Files.delete(bootstrap);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
