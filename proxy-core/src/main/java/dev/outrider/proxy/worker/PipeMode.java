package dev.outrider.proxy.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Sets who may connect to a pipe. Runs in the background.
final class PipeMode {
  /// From the highest of the nine bits to the lowest.
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OWNER_READ,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_EXECUTE
  };

  private PipeMode() {}

  /// @param mode as of chmod(2)
  static CompletionStage<Void> set(String path, int mode) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            Files.setPosixFilePermissions(Path.of(path), permissions(mode));
          } catch (IOException e) {
            throw new UncheckedIOException(
                "mode " + Integer.toOctalString(mode) + " of " + path, e);
          }
        });
  }

  static EnumSet<PosixFilePermission> permissions(int mode) {
    var set = EnumSet.noneOf(PosixFilePermission.class);
    for (var i = 0; i < BITS.length; i++) {
      if ((mode >>> (BITS.length - 1 - i) & 1) != 0) {
        set.add(BITS[i]);
      }
    }
    return set;
  }
}
