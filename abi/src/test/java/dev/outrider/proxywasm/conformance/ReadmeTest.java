package dev.outrider.proxywasm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.JavaPrograms;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `abi/README.md` says is so.
class ReadmeTest {
  private static final Path README = Path.of("README.md");
  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT|Scripts))(?:\\.(\\w+))?`");
  private static final Pattern NAME = Pattern.compile("`([\\w.]+)`");
  private static final Pattern SCENARIO = Pattern.compile("`((?:wasm|tcp)/[\\w-]+)`");

  /// What a proxy does with the library is tested where the proxy is.
  private static final Path PROXY = Path.of("../proxy-core/src/test");

  private static final Pattern EXAMPLE = Pattern.compile("(?s)```java\n(.*?)```");

  @TempDir Path folder;

  @Test
  void theMatrixIsUpToDate() throws IOException {
    var page = Files.readString(README);
    var generated = AbiPage.generated();
    int from = page.indexOf(AbiPage.BEGIN);
    int to = page.indexOf(AbiPage.END) + AbiPage.END.length();
    if (Boolean.getBoolean("outrider.readme.write")) {
      page = page.substring(0, from) + generated + page.substring(to);
      Files.writeString(README, page);
    }

    assertThat(page)
        .as(
            "regenerate it: mvn -Dquick -pl abi test -Dtest=ReadmeTest"
                + " -Doutrider.readme.write=true")
        .contains(generated);
  }

  @Test
  void everyTestThatItNamesExists() throws IOException {
    var sources = sourcesByName();
    var names = TEST.matcher(Files.readString(README)).results().toList();

    assertThat(names)
        .hasSizeGreaterThan(100)
        .allSatisfy(name -> assertThat(exists(name, sources)).as(name.group()).isTrue());
  }

  @Test
  void everyScenarioThatItNamesExists() throws IOException {
    var names = SCENARIO.matcher(Files.readString(README)).results().toList();

    assertThat(names)
        .hasSizeGreaterThan(10)
        .allSatisfy(
            name ->
                assertThat(PROXY.resolve("resources/differential/" + name.group(1) + ".yaml"))
                    .isRegularFile());
  }

  /// A row of a table about semantics that nobody tests would be a promise.
  @Test
  void everyLineOfSemanticsNamesATest() throws IOException {
    var page = Files.readString(README);
    var semantics =
        page.substring(page.indexOf("## Semantics in one place"), page.indexOf("## Conformance"));

    assertThat(semantics.lines())
        .filteredOn(line -> line.startsWith("| ") && !line.endsWith("| test |"))
        .hasSizeGreaterThan(100)
        .allSatisfy(
            line ->
                assertThat(TEST.matcher(line).find() || SCENARIO.matcher(line).find())
                    .as(line)
                    .isTrue());
  }

  /// A table of names promises that each is tried, so each must stand in what its line calls a
  /// test: as it is, or as a setter of the message that has it.
  @Test
  void everyNameStandsInATestOfItsLine() throws IOException {
    var sources = sourcesByName();
    var page = Files.readString(README);
    int from = page.indexOf("### Every name");
    var names = page.substring(from, page.indexOf("\n### ", from)).lines();

    assertThat(names)
        .filteredOn(line -> line.startsWith("| `"))
        .hasSizeGreaterThan(15)
        .allSatisfy(
            line -> {
              var cells = line.split(" \\| ", -1);
              var tests = testsIn(cells[cells.length - 1], sources);
              assertThat(NAME.matcher(cells[0]).results().map(found -> found.group(1)))
                  .allSatisfy(name -> assertThat(tests).containsAnyOf(name, setter(name)));
            });
  }

  private static String testsIn(String cell, Map<String, String> sources) {
    var texts = new StringBuilder();
    TEST.matcher(cell)
        .results()
        .forEach(found -> texts.append(sources.get(found.group(1) + ".java")));
    SCENARIO
        .matcher(cell)
        .results()
        .forEach(
            found ->
                texts.append(
                    read(PROXY.resolve("resources/differential/" + found.group(1) + ".yaml"))));
    return texts.toString();
  }

  /// `vm_id`: `VmId(`, behind set, put or add.
  private static String setter(String name) {
    var words =
        Stream.of(name.split("_"))
            .filter(word -> !word.isEmpty())
            .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1));
    return "t" + words.collect(Collectors.joining()) + "(";
  }

  private static boolean exists(MatchResult name, Map<String, String> sources) {
    var source = sources.get(name.group(1) + ".java");
    return source != null && (name.group(2) == null || source.contains(" " + name.group(2) + "("));
  }

  private static Map<String, String> sourcesByName() throws IOException {
    return allSources().stream()
        .collect(
            Collectors.toMap(
                path -> path.getFileName().toString(), ReadmeTest::read, (a, b) -> a + b));
  }

  private static List<Path> allSources() throws IOException {
    try (var own = Files.walk(Path.of("src/test/java"));
        var proxys = Files.walk(PROXY.resolve("java"))) {
      return Stream.concat(own, proxys).filter(path -> path.toString().endsWith(".java")).toList();
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theExampleRunsOnTheClassPath() throws Exception {
    assertThat(JavaPrograms.onTheClassPath(folder, "Example", example(), guest().toString()))
        .isEqualTo(EXPECTED);
  }

  @Test
  void theExampleRunsAsAModuleThatRequiresNothingElse() throws Exception {
    var descriptor = "module example { requires dev.outrider.proxywasm; }";

    assertThat(
            JavaPrograms.asAModule(
                folder,
                "example",
                descriptor,
                "Example",
                "package example;\n" + example(),
                guest().toString()))
        .isEqualTo(EXPECTED);
  }

  private static final String EXPECTED =
      """
      INFO: hello from the guest
      the head: CONTINUE {:method=GET, :path=/, x-guest=was here}
      """;

  private static String example() throws IOException {
    var found = EXAMPLE.matcher(Files.readString(README));
    assertThat(found.find()).isTrue();
    assertThat(found.group(1).lines().count()).isLessThanOrEqualTo(60);
    return found.group(1);
  }

  private Path guest() throws IOException {
    var wasm =
        Wat.guest()
            .data(1000, "hello from the guest")
            .data(1100, "x-guestwas here")
            .onRequestHeaders(
                "(call $say (i32.const 1000) (i32.const 20))"
                    + "(drop "
                    + Wat.call("proxy_add_header_map_value", 0, 1100, 7, 1107, 8)
                    + ")")
            .wasm();
    return Files.write(folder.resolve("guest.wasm"), wasm);
  }
}
