package dev.outrider.proxywasm.imports;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import org.junit.jupiter.api.Test;

class ImportTableTest {
  private static final Path TESTS = Path.of("src/test/java/dev/outrider/proxywasm/imports");

  @Test
  void offersEveryFunctionOfTheAbi() {
    var proxyFunctions =
        ImportTable.HOST.names().stream().filter(name -> name.startsWith("env.proxy_")).toList();

    assertThat(proxyFunctions).as("ABI 0.1.0 to 0.2.1 together").hasSize(43);
  }

  @Test
  void offersWasiUnderBothNames() {
    var names = ImportTable.HOST.names();
    var preview =
        names.stream().filter(name -> name.startsWith("wasi_snapshot_preview1.")).toList();

    assertThat(preview)
        .hasSize(46)
        .allSatisfy(
            name -> assertThat(names).contains(name.replace("snapshot_preview1", "unstable")));
  }

  @Test
  void everyFunctionOnOfferIsCalledByAGuestInATest() throws IOException {
    var tests = new StringBuilder();
    for (var file : sources()) {
      tests.append(Files.readString(file));
    }

    assertThat(ImportTable.HOST.names())
        .allSatisfy(
            name -> {
              var function = name.substring(name.indexOf('.') + 1);
              assertThat(tests.toString()).contains("\"" + function + "\"");
            });
  }

  private static Collection<Path> sources() throws IOException {
    var files = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(TESTS, "*Test.java")) {
      entries.forEach(files::add);
    }
    return files;
  }
}
