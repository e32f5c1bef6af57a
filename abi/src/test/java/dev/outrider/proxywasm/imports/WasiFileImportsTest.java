package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WasiFileImportsTest {
  /// Two vectors at 200: "hel" and the rest of the text at 1000.
  private static Wat printing(String text, String body) {
    return Wat.guest().data(1000, text).onConfigure(vectors(1003, text.length() - 3) + body);
  }

  private static String vectors(int secondAt, int secondLength) {
    return """
    (i32.store (i32.const 200) (i32.const 1000)) (i32.store (i32.const 204) (i32.const 3))
    (i32.store (i32.const 208) (i32.const %d)) (i32.store (i32.const 212) (i32.const %d))
    """
        .formatted(secondAt, secondLength);
  }

  @ParameterizedTest
  @ValueSource(strings = {"wasi_snapshot_preview1", "wasi_unstable"})
  void printsLinesToTheLog(String module) {
    var wasm =
        printing(
                "hello\nworld\n",
                report("fd_write", 1, 200, 2, 100)
                    + reportAt(100)
                    + report("fd_pwrite", 2, 200, 1, 0, 100))
            .wasi(module);

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts(LogLevel.INFO))
          .containsExactly("hello", "world", "0", "12", "0");
      assertThat(guest.log().texts(LogLevel.ERROR)).as("flushed at the end").containsExactly("hel");
    }
  }

  @Test
  void joinsTheShortWritesOfAPanic() {
    var wasm =
        printing(
            "panic: no\n",
            "(drop "
                + call("fd_write", 2, 200, 1, 100)
                + ")"
                + "(drop "
                + call("fd_write", 2, 208, 1, 100)
                + ")");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts(LogLevel.ERROR)).containsExactly("panic: no");
    }
  }

  @Test
  void printsNothingForNoBytes() {
    var wasm = Wat.guest().onConfigure(report("fd_write", 1, 0, 0, 100) + reportAt(100));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("0", "0");
    }
  }

  @Test
  void printsNothingAtAllIfAnyPointerIsBad() {
    var wasm =
        Wat.guest()
            .data(1000, "hello")
            .onConfigure(
                vectors(131_071, 2)
                    + report("fd_write", 1, 200, 2, 100)
                    + report("fd_write", 1, -8, 2, 100)
                    + report("fd_write", 1, 200, 1, -1)
                    + report("fd_write", 1, 200, -1, 100)
                    + report("fd_write", 3, 200, 1, 100));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("21", "21", "21", "21", "8");
    }
  }

  @Test
  void knowsStandardOutputAndError() {
    var wasm =
        Wat.guest()
            .onConfigure(
                "(i32.store (i32.const 100) (i32.const -1))"
                    + report("fd_fdstat_get", 1, 100)
                    + reportAt(100)
                    + reportAt(108)
                    + report("fd_fdstat_get", 0, 100)
                    + report("fd_fdstat_get", 2, 131_060)
                    + report("fd_tell", 2, 100)
                    + report("fd_tell", 3, 100)
                    + report("fd_tell", 1, -1)
                    + report("fd_renumber", 1, 2)
                    + report("fd_renumber", 1, 3));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts())
          .containsExactly("0", "0", "64", "8", "21", "0", "8", "21", "58", "8");
    }
  }

  @Test
  void acceptsWhatMakesNoDifferenceToStandardOutput() {
    var wasm =
        Wat.guest()
            .onConfigure(
                report("fd_fdstat_set_rights", 1, 0, 0)
                    + report("fd_filestat_set_size", 1, 0)
                    + report("fd_filestat_set_times", 1, 0, 0, 0)
                    + report("fd_allocate", 1, 0, 0)
                    + report("fd_sync", 2)
                    + report("fd_datasync", 2)
                    + report("fd_advise", 9, 0, 0, 0)
                    + report("fd_sync", 0)
                    + report("fd_allocate", 3, 0, 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "0", "0", "0", "0", "8", "8");
    }
  }

  @Test
  void saysThatSeekAndCloseDoNothing() {
    var wasm = Wat.guest().onConfigure(report("fd_seek", 1, 0, 0, 100) + report("fd_close", 1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("0", "0");
      assertThat(guest.log().texts(LogLevel.ERROR)).hasSize(2);
    }
  }

  @Test
  void hasNoFiles() {
    var wasm =
        Wat.guest()
            .onConfigure(
                report("fd_fdstat_set_flags", 1, 0)
                    + report("fd_read", 0, 200, 1, 100)
                    + report("fd_pread", 0, 200, 1, 0, 100)
                    + report("fd_prestat_get", 3, 100)
                    + report("fd_prestat_dir_name", 3, 100, 9)
                    + report("fd_filestat_get", 1, 100)
                    + report("fd_readdir", 3, 100, 9, 0, 104)
                    + report("fd_readdir", 3, 100, 9, 0, -1)
                    + report("path_open", 3, 0, 100, 1, 0, 0, 0, 0, 104)
                    + report("path_filestat_get", 3, 0, 100, 1, 104)
                    + report("path_filestat_set_times", 3, 0, 100, 1, 0, 0, 0)
                    + report("path_create_directory", 3, 100, 1)
                    + report("path_link", 3, 0, 100, 1, 3, 100, 1)
                    + report("path_readlink", 3, 100, 1, 100, 1, 104)
                    + report("path_remove_directory", 3, 100, 1)
                    + report("path_rename", 3, 100, 1, 3, 100, 1)
                    + report("path_symlink", 100, 1, 3, 100, 1)
                    + report("path_unlink_file", 3, 100, 1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts().subList(0, 9))
          .containsExactly("52", "52", "52", "8", "52", "8", "20", "21", "44");
      assertThat(guest.log().texts().subList(9, 18)).containsOnly("58");
    }
  }
}
