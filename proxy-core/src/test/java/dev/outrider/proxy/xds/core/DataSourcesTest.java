package dev.outrider.proxy.xds.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.extension.ConfigProblem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that are named where bytes are expected.
class DataSourcesTest {
  @TempDir Path folder;
  private final Scope scope = Scope.of("r");

  private String problem(Path file) {
    assertThat(DataSources.file(file.toString(), scope)).isNull();
    return scope.problems().stream().map(ConfigProblem::message).reduce("", String::concat);
  }

  @Test
  void readsAFileThroughALink() throws IOException {
    var file = Files.writeString(folder.resolve("file"), "content");
    var link = Files.createSymbolicLink(folder.resolve("link"), file);

    var bytes = Objects.requireNonNull(DataSources.file(link.toString(), scope));

    assertThat(bytes.bytes()).asString().isEqualTo("content");
    assertThat(scope.problems()).isEmpty();
  }

  @Test
  void refusesWhatHasNoEnd() {
    assertThat(problem(Path.of("/dev/zero"))).isEqualTo("/dev/zero is not a regular file");
  }

  @Test
  void refusesAFolder() {
    assertThat(problem(folder)).endsWith("is not a regular file");
  }

  @Test
  void refusesWhatIsTooLong() throws IOException {
    var file = folder.resolve("long");
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength((16 << 20) + 1);
    }

    assertThat(problem(file)).contains("is longer than 16777216 bytes");
  }

  @Test
  void refusesWhatIsNotThere() {
    assertThat(problem(folder.resolve("none"))).isEqualTo("Invalid path: " + folder + "/none");
  }

  @Test
  void saysWhyAFileCannotBeRead() throws IOException {
    var loop = Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));

    assertThat(problem(loop)).startsWith("Invalid path: " + loop + " (").contains("symbolic links");
  }
}
