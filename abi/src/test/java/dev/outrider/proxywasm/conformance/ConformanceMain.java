package dev.outrider.proxywasm.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs the suite on a proxy: `ConformanceMain envoy|outrider FOLDER COMMAND...`, with
/// `-Dconformance.only=text` for some of it. Prints what is wrong; the exit code is 1 if anything
/// is.
public final class ConformanceMain {
  private ConformanceMain() {}

  public static void main(String[] arguments) throws IOException {
    var host = arguments[0].equals("envoy") ? Host.ENVOY : Host.OUTRIDER;
    var folder = Files.createDirectories(Path.of(arguments[1]));
    var command = List.of(arguments).subList(2, arguments.length);
    var problems = problems(host, command, folder, System.getProperty("conformance.only", ""));
    problems.forEach(System.out::println);
    System.out.printf("%d problems%n", problems.size());
    System.exit(problems.isEmpty() ? 0 : 1);
  }

  /// What is wrong with a proxy: a sentence each.
  ///
  /// @param only runs the scripts whose name contains it
  public static List<String> problems(Host host, List<String> command, Path folder, String only)
      throws IOException {
    var scripts =
        ConformanceSuite.scripts().stream()
            .filter(script -> script.runsOn(host) && script.name().contains(only))
            .toList();
    var seen = ProxyHost.run(command, folder, scripts);
    var problems = new ArrayList<String>();
    for (int i = 0; i < scripts.size(); i++) {
      problems.addAll(scripts.get(i).problems(host, seen.get(i)));
    }
    return problems;
  }
}
