package dev.outrider.proxy.wasm.foreign;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.AttributeRoots;
import java.lang.management.ManagementFactory;

/// A process that prepares for a module with the text of its argument and then makes its first
/// expression; prints how many classes that loads and how many milliseconds of CPU time it takes.
final class FirstExpression {
  private FirstExpression() {}

  public static void main(String[] args) {
    EnvoyFunctions.prepare(args[0].getBytes(UTF_8));
    var expressions =
        new Expressions(new AttributeReader(new AttributeRoots("p", "r", "v", new byte[0])));
    var classes = ManagementFactory.getClassLoadingMXBean();
    var threads = ManagementFactory.getThreadMXBean();
    long loaded = classes.getTotalLoadedClassCount();
    long nanos = threads.getCurrentThreadCpuTime();
    var _ =
        expressions.create(
            "request.headers['x-a'] == 'b' && request.path.startsWith('/c')", (_, _, _) -> {});
    System.out.println(
        (classes.getTotalLoadedClassCount() - loaded)
            + " "
            + (threads.getCurrentThreadCpuTime() - nanos) / 1_000_000);
  }
}
