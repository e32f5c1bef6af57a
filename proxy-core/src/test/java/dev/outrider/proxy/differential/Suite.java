package dev.outrider.proxy.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;

/// Runs scenarios on both proxies at every concurrency they ask for. Scenarios that share a pair of
/// proxies run side by side; those with proxies of their own one after the other. On a busy machine
/// either proxy may be late: a scenario that fails is run again by itself, and what counts is that.
///
/// @param folder where configurations, logs, observations and the report are left
record Suite(Commands commands, Certificates certificates, Path folder) {
  static final Path SCENARIOS = Path.of("src/test/resources/differential");
  static final Path FOLDER = Path.of("target/differential");

  private static final int MORE_TRIES = 1;

  Suite(Commands commands, Path folder) {
    this(commands, new Certificates(folder.resolve("certificates")), folder);
  }

  /// @param complaints of Outrider's log; empty if all is well
  record Outcome(Report report, List<String> complaints) {}

  Outcome run(List<Scenario> scenarios) throws IOException {
    var outcome = new Outcome(new Report(new ArrayList<>()), new ArrayList<>());
    var levels = new TreeSet<Integer>();
    scenarios.forEach(scenario -> levels.addAll(scenario.concurrency()));
    for (int concurrency : levels) {
      var here =
          scenarios.stream().filter(each -> each.concurrency().contains(concurrency)).toList();
      runTogether(
          here.stream().filter(each -> !each.ownProcess()).toList(),
          concurrency,
          MORE_TRIES,
          outcome);
      for (var alone : here.stream().filter(Scenario::ownProcess).toList()) {
        runTogether(List.of(alone), concurrency, MORE_TRIES, outcome);
      }
    }
    Files.writeString(
        folder.resolve("report.txt"),
        outcome.report.text() + String.join("\n", outcome.complaints));
    return outcome;
  }

  private void runTogether(
      List<Scenario> scenarios, int concurrency, int triesLeft, Outcome outcome)
      throws IOException {
    if (scenarios.isEmpty()) {
      return;
    }
    var first = scenarios.getFirst();
    var alone = first.ownProcess() || triesLeft < MORE_TRIES; // the logs of the first try stay
    var place = folder.resolve((alone ? first.laneName(0) : "shared") + "-" + concurrency);
    var again = new ArrayList<Scenario>();
    try (var pair = Pair.start(commands, certificates, place, scenarios, concurrency);
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<CompletableFuture<Result>>();
      scenarios.forEach(each -> running.add(pair.run(each, concurrency, executor)));
      for (int i = 0; i < running.size(); i++) {
        try {
          var result = running.get(i).join();
          var failures = Report.failures(result);
          if (failures.isEmpty() || triesLeft == 0) {
            keep(result, concurrency, outcome);
            continue;
          }
          System.out.println(failures);
        } catch (CompletionException | CancellationException lost) {
          if (triesLeft == 0) {
            throw lost;
          }
          System.out.println(scenarios.get(i).name() + " was lost: " + lost);
        }
        again.add(scenarios.get(i));
      }
      var complaints = pair.complaints();
      if (!complaints.isEmpty()) {
        outcome.complaints.add("at concurrency " + concurrency + ":\n" + complaints);
      }
    }
    for (var scenario : again) {
      System.out.println(scenario.name() + " at concurrency " + concurrency + ": once more");
      runTogether(List.of(scenario), concurrency, triesLeft - 1, outcome);
    }
  }

  private void keep(Result result, int concurrency, Outcome outcome) throws IOException {
    outcome.report.results().add(result);
    Files.write(
        folder.resolve(result.scenario().laneName(0) + "-" + concurrency + ".txt"),
        result.observations());
  }

  /// For authors: runs the files whose name contains the argument and prints the report.
  public static void main(String[] args) throws IOException {
    var commands = Commands.found().orElseThrow(() -> new IOException("no Envoy; run .ci/prepare"));
    var scenarios = new ScenarioReader(SCENARIOS).all(args.length == 0 ? "" : args[0]);
    var outcome = new Suite(commands, Files.createDirectories(FOLDER)).run(scenarios);
    System.out.print(outcome.report.text());
    outcome.complaints.forEach(System.out::println);
  }
}
