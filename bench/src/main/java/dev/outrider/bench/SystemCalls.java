package dev.outrider.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Counts the system calls of one thread of this process with `strace`.
final class SystemCalls {
  /// Share, seconds, microseconds per call, calls, and errors if there were any.
  private static final int CALLS_COLUMN = 3;

  private SystemCalls() {}

  /// Null where `strace` is missing or may not look at this process.
  static @Nullable Long during(String threadName, Runnable work) {
    try {
      var file = Files.createTempFile("calls", ".txt");
      var command =
          new String[] {"strace", "-c", "-qq", "-o", file.toString(), "-p", task(threadName)};
      var strace = new ProcessBuilder(command).redirectErrorStream(true).start();
      if (strace.waitFor(500, TimeUnit.MILLISECONDS)) {
        return null; // it has refused
      }
      work.run();
      var _ = new ProcessBuilder("kill", "-INT", Long.toString(strace.pid())).start().waitFor();
      var _ = strace.waitFor(5, TimeUnit.SECONDS);
      return total(file);
    } catch (IOException _) {
      return null;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The system's number of a thread of this process.
  private static String task(String threadName) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (var task : (Iterable<Path>) tasks::iterator) {
        if (Files.readString(task.resolve("comm")).strip().equals(threadName)) {
          return task.getFileName().toString();
        }
      }
    }
    throw new IOException("no thread " + threadName);
  }

  private static @Nullable Long total(Path summary) throws IOException {
    for (var line : Files.readAllLines(summary)) {
      if (line.endsWith(" total")) {
        return Long.parseLong(line.strip().split("\\s+", -1)[CALLS_COLUMN]);
      }
    }
    return null;
  }
}
