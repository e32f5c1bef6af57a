package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {
  private static final String GUEST =
      """
      (module
        (import "env" "host" (func $host (param i32) (result i32)))
        (memory 1)
        (data (i32.const 3) "\\2a")
        (func (export "run") (param i32) (result i32)
          (i32.add (call $host (local.get 0)) (i32.load8_u (i32.const 3)))))
      """;

  @TempDir private Path parent;
  private Path directory;
  private final byte[] wasm = Guests.wasm(GUEST);

  @BeforeEach
  void nameADirectoryThatDoesNotExist() {
    directory = parent.resolve("a/cache");
  }

  @Test
  void loadsTheSameModuleFromTheSecondTimeOn() {
    var first = compile();
    var second = compile();

    assertThat(first.report().cache()).as("first load").isEqualTo("stored");
    assertThat(second.report().cache()).as("second load").isEqualTo("hit");
    assertThat(run(first)).as("compiled").isEqualTo(62);
    assertThat(run(second)).as("from the cache").isEqualTo(62);
    assertThat(second.sha256()).isEqualTo(first.sha256());
    assertThat(second.imports()).isEqualTo(first.imports());
    assertThat(second.report().functions()).isEqualTo(first.report().functions());
  }

  /// Its classes are kept as they were rewritten.
  @Test
  void findsNothingThatAnotherRewriterWrote() throws IOException {
    compile();
    var own = ClassRewriter.fingerprint();
    var name = entry().getFileName().toString();
    assertThat(name).contains(own);
    Files.move(entry(), directory.resolve(name.replace(own, "0123456789abcdef")));

    assertThat(compile().report().cache()).isEqualTo("stored");
  }

  @Test
  void stillRunsFunctionsThatAreInterpreted() {
    var large = LargeModules.wasm(25_000, 1);
    var options = new CompileOptions(1 << 20, directory);
    CompiledModule.compile("guest", large, options);

    var again = CompiledModule.compile("guest", large, options);

    assertThat(again.report().cache()).isEqualTo("hit");
    assertThat(again.report().interpreted()).containsExactly("func 0");
    var instance = again.instantiate(List.of(), Guests.limits(1));
    assertThat((int) Guests.call(instance, "through", 0))
        .as("25,000 x 1,000,000 as i32")
        .isEqualTo((int) (25_000L * 1_000_000));
  }

  @Test
  void compilesAgainWhatHasBeenTamperedWith() throws IOException {
    compile();
    var entry = entry();
    var bytes = Files.readAllBytes(entry);
    for (int at : new int[] {0, 32, bytes.length / 2, bytes.length - 1}) {
      var tampered = bytes.clone();
      tampered[at] ^= 1;
      Files.write(entry, tampered);

      assertThat(compile().report().cache()).as("after byte %d changed", at).isEqualTo("stored");
    }
    Files.write(entry, new byte[5]);
    assertThat(compile().report().cache()).as("after it was cut off").isEqualTo("stored");
  }

  @Test
  void doesNotTakeAnEntryOfAnotherModule() throws IOException {
    compile();
    var other = Guests.wasm("(module)");
    var stolen =
        directory.resolve(
            entry()
                .getFileName()
                .toString()
                .replace(ModuleFacts.digest(wasm), ModuleFacts.digest(other)));
    Files.copy(entry(), stolen);

    var module = CompiledModule.compile("other", other, new CompileOptions(1 << 20, directory));

    assertThat(module.report().cache()).isEqualTo("stored");
    assertThat(module.exportedFunctions()).isEmpty();
  }

  @Test
  void isPrivateToTheUser() throws IOException {
    compile();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .as("directory")
        .isEqualTo("rwx------");
    try (var files = Files.list(directory)) {
      assertThat(files)
          .as("a key and an entry")
          .hasSize(2)
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .isEqualTo("rw-------"));
    }
  }

  @Test
  void isNotUsedIfOthersMayWriteToIt() throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

    var module = compile();

    assertThat(module.report().cache()).startsWith("failed: others may write to").contains("chmod");
    assertThat(run(module)).as("the module loads all the same").isEqualTo(62);
  }

  @Test
  void isNotUsedIfItsPathIsAFile() throws IOException {
    directory = Files.createFile(parent.resolve("file"));

    assertThat(compile().report().cache()).startsWith("failed: ");
  }

  private CompiledModule compile() {
    return CompiledModule.compile("guest", wasm, new CompileOptions(1 << 20, directory));
  }

  private Path entry() throws IOException {
    try (var files = Files.list(directory)) {
      return files.filter(f -> f.toString().endsWith(".module")).findFirst().orElseThrow();
    }
  }

  private static long run(CompiledModule module) {
    return Guests.call(
        Guests.start(module, Guests.bind(module, (_, args) -> 2 * args[0])), "run", 10);
  }
}
