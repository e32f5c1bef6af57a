package dev.outrider.proxy.xds.file;

import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A file that is read again when it may be another. Main loop only; looks at folders in the
/// background.
public final class WatchedFile {
  /// A file is told of when it appears, which may be before it is written.
  private static final long LOOK_AGAIN_MILLIS = 1_000;

  /// Who reads it.
  public interface Reader {

    /// Time to read.
    ///
    /// @param again nothing is to be told if it is as it was
    void read(boolean again);
  }

  private final Loop loop;
  private final Reader reader;
  private final Timer again;
  private FolderWatch.@Nullable Watch watch;
  private boolean ended;

  private WatchedFile(Loop loop, Reader reader) {
    this.loop = loop;
    this.reader = reader;
    this.again = loop.timers().newTimer(() -> reader.read(true));
  }

  /// Begins to watch; the first reading comes when it does, so that no change is missed.
  public static WatchedFile open(
      FileSource file, FolderWatch folders, Executor background, Loop loop, Reader reader) {
    var watched = new WatchedFile(loop, reader);
    background.execute(
        () -> {
          var begun = watched.watch(file, folders);
          loop.execute(() -> watched.begun(begun));
        });
    return watched;
  }

  /// Null if there cannot be such a file: whoever reads it says so.
  private FolderWatch.@Nullable Watch watch(FileSource file, FolderWatch folders) {
    Path path;
    Path directory;
    try {
      path = Path.of(file.path());
      directory = Path.of(file.watchedDirectory());
    } catch (InvalidPathException _) {
      return null;
    }
    var parent = path.getParent();
    Runnable changed = () -> loop.execute(this::changed);
    return file.watchedDirectory().isEmpty()
        ? folders.watch(parent == null ? Path.of(".") : parent, path.getFileName(), changed)
        : folders.watch(directory, null, changed);
  }

  private void begun(FolderWatch.@Nullable Watch begun) {
    if (ended) {
      if (begun != null) {
        begun.end();
      }
    } else {
      watch = begun;
      reader.read(false);
    }
  }

  private void changed() {
    if (!ended) {
      reader.read(false);
      again.arm(LOOK_AGAIN_MILLIS);
    }
  }

  /// No more is told.
  public void end() {
    ended = true;
    again.cancel();
    if (watch != null) {
      watch.end();
    }
  }
}
