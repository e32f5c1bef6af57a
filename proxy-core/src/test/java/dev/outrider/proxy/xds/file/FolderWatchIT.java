package dev.outrider.proxy.xds.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders that come and go.
class FolderWatchIT {
  @TempDir Path parent;
  private final FolderWatch watches = new FolderWatch();
  private final Semaphore told = new Semaphore(0);

  @AfterEach
  void close() {
    watches.close();
  }

  private void awaitTold() throws InterruptedException {
    assertThat(told.tryAcquire(20, TimeUnit.SECONDS)).as("told in time").isTrue();
    told.drainPermits();
  }

  private FolderWatch.Watch watch(Path folder) {
    return watches.watch(folder, null, told::release);
  }

  @Test
  void tellsOfAFolderThatIsDeletedAndMadeAgain() throws Exception {
    var folder = Files.createDirectory(parent.resolve("f"));
    watch(folder);

    Files.delete(folder);
    Files.createDirectory(folder);
    awaitTold();

    Files.createFile(folder.resolve("file"));
    awaitTold();
  }

  @Test
  void tellsOfAFolderThatComesLater() throws Exception {
    var folder = parent.resolve("f");
    watch(folder);

    Files.createDirectory(folder);
    awaitTold();

    Files.createFile(folder.resolve("file"));
    awaitTold();
  }

  @Test
  void tellsOfAFolderThatAnotherIsPutInPlaceOf() throws Exception {
    var folder = Files.createDirectory(parent.resolve("f"));
    watch(folder);

    Files.move(folder, parent.resolve("old"));
    Files.createDirectory(folder);
    awaitTold();
  }

  @Test
  void followsALinkToAnotherFolder() throws Exception {
    Files.createDirectory(parent.resolve("1"));
    Files.createDirectory(parent.resolve("2"));
    var data = Files.createSymbolicLink(parent.resolve("..data"), Path.of("1"));
    watch(data);

    Files.delete(data);
    Files.createSymbolicLink(data, Path.of("2"));
    awaitTold();

    Files.createFile(parent.resolve("2").resolve("file"));
    awaitTold();
  }

  @Test
  void goesOnForOneWhenAnotherEnds() throws Exception {
    var folder = Files.createDirectory(parent.resolve("f"));
    var other = new Semaphore(0);
    watches.watch(folder, null, other::release).end();
    watch(folder);

    Files.createFile(folder.resolve("file"));
    awaitTold();

    assertThat(other.availablePermits()).isZero();
  }
}
