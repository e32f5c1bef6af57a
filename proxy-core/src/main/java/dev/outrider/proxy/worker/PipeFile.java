package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ListenerSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The file of a pipe that is listened on. The socket is bound under another name in the same
/// folder and moved to its own when its mode is set: nobody connects before, and what was there is
/// replaced at once. Only the file that was put there is deleted, not that of whoever came after.
/// Runs in the background, but for the one call that moves the file and those that delete it.
final class PipeFile {
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

  /// Of `st_mode` (inode(7)).
  private static final int TYPE = 0170000;

  private static final int SOCKET = 0140000;

  /// What fits into a `sockaddr_un`, with its end.
  private static final int LONGEST_PATH = 107;

  private static final int NAMES = 36 * 36 * 36 * 36;

  private final ListenerSocket socket;
  private final Path path;
  private final Path draft;
  private @Nullable Object key;

  private PipeFile(ListenerSocket socket) {
    this.socket = socket;
    this.path = Path.of(socket.address().host());
    this.draft = path.resolveSibling(draftName());
  }

  /// Null if the socket has no file.
  static @Nullable PipeFile of(ListenerSocket socket) {
    var address = socket.address();
    return address.isPipe() && !address.host().startsWith("@") ? new PipeFile(socket) : null;
  }

  /// As long as there is room for, so that people see what it belongs to.
  private String draftName() {
    var tag = "." + Integer.toString(ThreadLocalRandom.current().nextInt(NAMES), 36);
    var name = String.valueOf(path.getFileName());
    while (!name.isEmpty()
        && path.resolveSibling(name + tag).toString().getBytes(StandardCharsets.UTF_8).length
            > LONGEST_PATH) {
      name = name.substring(0, name.length() - 1);
    }
    return name + tag;
  }

  /// The socket that is to be bound at first.
  ListenerSocket draft() {
    return new ListenerSocket(HostPort.pipe(draft.toString()), socket.mode(), socket.options());
  }

  /// Makes the bound file ready for its place.
  CompletionStage<Void> prepare() {
    return CompletableFuture.runAsync(
        () -> {
          try {
            refuseOtherFiles();
            if (socket.mode() != 0) {
              Files.setPosixFilePermissions(draft, permissions(socket.mode()));
            }
            key = key(draft);
          } catch (IOException e) {
            throw new UncheckedIOException(e.toString(), e);
          }
        });
  }

  private void refuseOtherFiles() throws IOException {
    try {
      var mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & TYPE) != SOCKET) {
        throw new IOException("there is a file that is not a socket: it is left as it is");
      }
    } catch (NoSuchFileException _) {
      // the usual case
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /// Moves the file to its place.
  void publish() throws IOException {
    Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Deletes what this has made, if it is still there.
  void remove() {
    try {
      Files.deleteIfExists(draft);
      if (key != null && key.equals(key(path))) {
        Files.delete(path);
      }
    } catch (IOException _) {
      // it is gone, or somebody else's
    }
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
