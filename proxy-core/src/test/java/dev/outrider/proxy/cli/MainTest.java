package dev.outrider.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource({
    "--concurency 2, flag --concurency, --concurrency",
    "run --listen 1 --filtr a.wasm, flag --filtr, --filter",
    "demo --prot 1, flag --prot, --port",
    "rum --listen 1, command rum, run",
  })
  void suggestsAWordForOneThatDoesNotExist(String line, String unknown, String known) {
    assertThat(run(line.split(" ", -1))).isEqualTo(1);

    assertThat(errors().lines())
        .first()
        .isEqualTo("outrider: unknown " + unknown + ". Did you mean " + known + "?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--enable-mutex-tracing", "--stats-tag a:b", "--disable-extensions x"})
  void namesAFlagOfEnvoyThatWouldBeMissed(String flag) {
    assertThat(run(("--config-yaml {} --mode validate " + flag).split(" ", -1))).isEqualTo(1);

    assertThat(errors()).startsWith("outrider: " + flag.split(" ", -1)[0] + " is not supported: ");
  }

  @Test
  void printsItsVersionInFiveParts() {
    assertThat(run("--version")).isZero();

    assertThat(output()).matches("outrider  version: [^/]+/[^/]+/Clean/RELEASE/none\n");
  }

  @ParameterizedTest
  @CsvSource({"'', --component-log-level", "run, --listen", "demo, --tour"})
  void printsHelpForEachCommand(String command, String flag) {
    int status = command.isEmpty() ? run("--help") : run(command, "--help");

    assertThat(status).isZero();
    assertThat(output()).contains(flag).contains("--concurrency");
    assertThat(errors()).isEmpty();
  }

  @Test
  void listsTheCommandsInItsHelp() {
    run("--help");

    assertThat(output())
        .contains("run ")
        .contains("demo ")
        .contains("control-plane ")
        .contains("outrider demo");
  }

  @Test
  void saysWhatItsControlPlaneIsFor() {
    assertThat(run("control-plane", "--help")).isZero();

    assertThat(output()).contains("DIR").contains("--port").contains("For trying things");
  }

  @ParameterizedTest
  @CsvSource({"control-plane, needs a folder to serve", "control-plane /no/such, /no/such"})
  void servesNothingThatIsNotThere(String line, String problem) {
    assertThat(run(line.split(" ", -1))).isEqualTo(1);

    assertThat(errors()).startsWith("outrider: control-plane").contains(problem);
  }

  @Test
  void wantsAConfiguration() {
    assertThat(run()).isEqualTo(1);

    assertThat(errors()).contains("no configuration").contains("-c FILE").contains("outrider run");
  }

  @Test
  void saysThatTheBootstrapIsMissing() {
    assertThat(run("-c", "/no/such/bootstrap.yaml")).isEqualTo(1);

    assertThat(errors())
        .isEqualTo(
            "outrider: /no/such/bootstrap.yaml: unable to read file: there is none of that name\n");
  }

  @ParameterizedTest
  @CsvSource({
    "--concurrency, 0, between 1 and 1024",
    "--concurrency, 4000, between 1 and 1024",
    "--concurrency, two, 'two'",
    "--drain-time-s, -1, between 0 and 86400",
    "--drain-strategy, slow, must be gradual or immediate",
    "--file-flush-interval-msec, 0, between 1 and 86400000",
    "-l, loud, the levels are trace debug info",
    "--component-log-level, upstream=debug, expected component:level",
    "--component-log-level, upstream:loud, the levels are",
  })
  void refusesAValueOutOfRange(String flag, String value, String why) {
    assertThat(run("--config-yaml", "{}", "--mode", "validate", flag, value)).isEqualTo(1);

    assertThat(errors()).contains(flag).contains(why);
  }

  @Test
  void takesOverFromAProcessThatThereIs() {
    assertThat(run("--config-yaml", "{}", "--take-over", "2147483647")).isEqualTo(1);

    assertThat(errors())
        .isEqualTo("outrider: --take-over 2147483647: there is no other process of that number\n");
  }

  @Test
  void knowsThreeModes() {
    assertThat(run("--config-yaml", "{}", "--mode", "x")).isEqualTo(1);
    assertThat(errors()).contains("--mode x: the modes are serve, validate and init_only");

    assertThat(run("--config-yaml", "{}", "--mode", "init_only")).isZero();
  }

  @Test
  void leavesWhatStandsBehindTwoDashesToOthers() {
    assertThat(run("--config-yaml", "{}", "--mode", "validate", "--", "--run-id", "7")).isZero();
  }

  @Test
  void leavesUnknownFieldsOfTheBootstrapOutIfTold() {
    var yaml = "node: {id: a, nonsense: 1}";

    assertThat(run("--config-yaml", yaml, "--mode", "validate")).isEqualTo(1);
    assertThat(errors()).contains("no such field: 'nonsense'");
    assertThat(run("--config-yaml", yaml, "--mode", "validate", "--allow-unknown-static-fields"))
        .isZero();
  }

  @Test
  void printsAScriptForTheShellsCompletion() {
    assertThat(run("completion")).isZero();

    assertThat(output())
        .startsWith("#!/usr/bin/env bash\n")
        .contains("complete -F _complete_outrider")
        .contains("'--drain-strategy'")
        .contains("demo");
  }

  @Test
  void printsProblemsOfExtensionsAndOfResourcesTogether() {
    var yaml =
        """
        bootstrap_extensions:
        - name: nope
          typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: x}
        static_resources:
          clusters: [{name: a, type: STATIC, lb_policy: CLUSTER_PROVIDED}]
        """;

    assertThat(run("--config-yaml", yaml, "--mode", "validate")).isEqualTo(1);
    assertThat(errors().lines()).hasSize(2);
    assertThat(errors()).contains("nope").contains("cluster 'a'");
  }

  @Test
  void needsToKnowWhereToListenAndWhereTheServiceIs() {
    assertThat(run("run", "--listen", "8080")).isEqualTo(1);
    assertThat(errors()).contains("run needs --to");

    assertThat(run("run", "--to", "127.0.0.1:9000")).isEqualTo(1);
    assertThat(errors()).contains("run needs --listen");
  }

  @ParameterizedTest
  @ValueSource(strings = {"70000", "127.0.0.1:x", ":80", "example.test:80", "127.0.0.1:"})
  void refusesAnAddressItCannotUse(String address) {
    assertThat(run("run", "--listen", "8080", "--to", address)).isEqualTo(1);

    assertThat(errors()).contains("--to");
  }

  @Test
  void refusesAFilterThatIsNotThere() {
    assertThat(run("run", "--listen", "8080", "--to", "9000", "--filter", "no.wasm=a.json"))
        .isEqualTo(1);

    assertThat(errors()).contains("--filter no.wasm=a.json").contains("no readable file no.wasm");
  }

  @Test
  void printsTheBootstrapThatOneLineStandsFor(@TempDir Path folder) throws Exception {
    var filter = Files.writeString(folder.resolve("a.wasm"), "");
    var config = Files.writeString(folder.resolve("a.json"), "{\"k\": \"v\"}");

    int status =
        run(
            "run",
            "--listen",
            "8080",
            "--to",
            "localhost:9000",
            "--filter",
            filter + "=" + config,
            "--filter",
            filter.toString(),
            "--print-config");

    assertThat(status).isZero();
    assertThat(output())
        .contains("\"{\\\"k\\\": \\\"v\\\"}\"")
        .contains("name: \"a\"")
        .contains("name: \"a-2\"")
        .contains("address: \"127.0.0.1\", port_value: 9000");
  }

  @Test
  void validatesWithoutServing() {
    assertThat(run("--config-yaml", "{}", "--mode", "validate")).isZero();
    assertThat(output()).isEqualTo("configuration '' OK\n");
  }

  @Test
  void printsEveryProblemOfABootstrapOnALineOfItsOwn() {
    var yaml =
        """
        static_resources:
          clusters:
          - {name: a, type: STATIC, lb_polic: ROUND_ROBIN}
          - {name: b, type: NOPE}
        """;

    assertThat(run("--config-yaml", yaml, "--mode", "validate")).isEqualTo(1);
    assertThat(errors().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("outrider: --config-yaml:"))
        .anyMatch(line -> line.contains(":3:") && line.contains("lb_polic"))
        .anyMatch(line -> line.contains(":4:") && line.contains("NOPE"));
  }

  private int run(String... args) {
    out.reset();
    err.reset();
    return Main.run(
        List.of(args), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
  }

  private String output() {
    return out.toString(UTF_8);
  }

  private String errors() {
    return err.toString(UTF_8);
  }
}
