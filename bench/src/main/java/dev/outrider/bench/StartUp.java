package dev.outrider.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/// What a fresh process has loaded, retained and taken once its first request has been proxied.
///
/// @param classes loaded since the start of the JVM
/// @param heapBytes in use after a collection
/// @param millis from the start of the JVM to the first answer
record StartUp(long classes, long heapBytes, long millis) {

  /// Starts a proxy with so many idle clusters in a JVM of its own.
  static StartUp ofFreshProcess(int idleClusters) {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(StartUp.class.getName(), Integer.toString(idleClusters)));
    try {
      var process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (var output = process.inputReader()) {
        return parse(output.readLine());
      }
    } catch (IOException e) {
      throw new IllegalStateException("a fresh process cannot be started", e);
    }
  }

  private static StartUp parse(String line) {
    var numbers = line.split(" ", -1);
    return new StartUp(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
  }

  /// The fresh process; takes the number of idle clusters, prints the three numbers.
  public static void main(String[] args) {
    try (var proxy = new ProxyRig(null, Integer.parseInt(args[0]))) {
      proxy.run();
      long millis =
          System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
      long classes = ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount();
      var memory = ManagementFactory.getMemoryMXBean();
      memory.gc();
      memory.gc();
      System.out.println(classes + " " + memory.getHeapMemoryUsage().getUsed() + " " + millis);
    }
    System.exit(0);
  }
}
