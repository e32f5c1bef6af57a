package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestLogTest {
  private Path file;
  private GuestLog log;

  @BeforeEach
  void create(@TempDir Path folder) throws IOException {
    file = Files.createFile(folder.resolve("proxy.log"));
    log = new GuestLog(new GuestLogs(file), "a_0");
  }

  @Test
  void takesWhatTheLanesGuestSaidOnEitherProxy() throws IOException {
    write("[2026-11-28 13:37:40.540][18][info][wasm] [source/a.cc:1151] wasm log guest a_0: one\n");
    write("[2026-11-28 13:37:40.540][worker-0][warning][wasm] wasm log a_0: two: 2\n");
    write("[2026-11-28 13:37:40.540][worker-0][info][wasm] wasm log guest a_01: other\n");
    write("[2026-11-28 13:37:40.540][18][trace][wasm] [source/a.cc:39] [host->vm] proxy_on_log\n");

    assertThat(log.take()).containsExactly("info one", "warning two: 2");
  }

  @Test
  void goesOnWhereItHasStoppedInTheMiddleOfALine() throws IOException {
    write(
        "[t][1][info][wasm] wasm log guest a_0: first\n[t][1][info][wasm] wasm log guest a_0: sec");
    assertThat(log.take()).containsExactly("info first");

    write("ond\n");

    assertThat(log.take()).containsExactly("info second");
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }
}
