package dev.outrider.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/// A proxy with one worker in a JVM of its own, so that what it holds is nobody else's. Its
/// standard input asks, its standard output answers. Belongs to the thread that made it.
final class FreshProxy implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;
  private final long startedMillis = System.currentTimeMillis();
  private final int port;

  FreshProxy(Bootstrap bootstrap) {
    this(bootstrap.text());
  }

  /// @param bootstrap with a listener `main`, at once or from a control plane
  FreshProxy(String bootstrap) {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(FreshProxyMain.class.getName());
    try {
      var file = Files.createTempFile("bootstrap", ".yaml");
      Files.writeString(file, bootstrap);
      command.add(file.toString());
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      answers = process.inputReader();
      port = Integer.parseInt(answer());
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException("a fresh process cannot be started", e);
    }
  }

  private String answer() throws IOException {
    var line = answers.readLine();
    if (line == null) {
      throw new IllegalStateException("the fresh process has ended");
    }
    return line;
  }

  /// Where it listens.
  int port() {
    return port;
  }

  /// Where its admin interface listens; the bootstrap must have one.
  int adminPort() {
    return Integer.parseInt(ask("admin"));
  }

  long millisSinceStart() {
    return System.currentTimeMillis() - startedMillis;
  }

  /// What it holds now, after a collection.
  Held held() {
    return Held.parse(ask("held"));
  }

  /// What its collector has done so far, and the memory that the system gave it.
  CollectorWork collections() {
    return CollectorWork.parse(ask("collections"));
  }

  /// Begins to look every millisecond what its buffers hold.
  void watchBuffers() {
    ask("watch");
  }

  /// The most that its buffers have held since [#watchBuffers], which ends with this.
  long peakBuffers() {
    return Long.parseLong(ask("peak"));
  }

  private String ask(String what) {
    try {
      process.outputWriter().write(what + "\n");
      process.outputWriter().flush();
      return answer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// CPU time of all its threads that live, in nanoseconds.
  long cpuNanos() {
    return sumOverThreads("schedstat", text -> text.split(" ", 2)[0]);
  }

  /// How often its threads have gone to sleep, which is how often they have been woken.
  long sleeps() {
    return sumOverThreads("status", FreshProxy::voluntarySwitches);
  }

  private static String voluntarySwitches(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("0");
  }

  private long sumOverThreads(String file, Function<String, String> numberIn) {
    long sum = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (var task : (Iterable<Path>) tasks::iterator) {
        sum += Long.parseLong(numberIn.apply(Files.readString(task.resolve(file))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sum;
  }

  @Override
  public void close() {
    try {
      process.outputWriter().close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
