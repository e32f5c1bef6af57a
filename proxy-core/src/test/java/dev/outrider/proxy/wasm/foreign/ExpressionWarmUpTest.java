package dev.outrider.proxy.wasm.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the first expression of a process loads, each time in a process of its own.
class ExpressionWarmUpTest {

  @Test
  void loadsTheLibraryOfExpressionsWithTheModuleThatNamesThem() throws Exception {
    assertThat(classesOfTheFirstExpression("...expr_create..."))
        .as("classes left for the first expression")
        .isLessThan(30);
  }

  @Test
  void loadsNothingForModulesThatNameNone() throws Exception {
    assertThat(classesOfTheFirstExpression("...sign...expr_creat"))
        .as("classes of the library, all loaded by the first expression")
        .isGreaterThan(300);
  }

  private static int classesOfTheFirstExpression(String module)
      throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    FirstExpression.class.getName(),
                    module))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var lines = process.inputReader()) {
      var line = lines.readLine();
      assertThat(process.waitFor()).isZero();
      System.out.println(module + ": " + line);
      return Integer.parseInt(line.split(" ", 2)[0]);
    }
  }
}
