package dev.outrider.proxy.xds.file;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells when something appears in a folder: a file moved over another, the symbolic link of a
/// Kubernetes volume swapped. One thread waits, from the first watch on; any thread may ask. A
/// folder that is not there, or is replaced by another of its name, is looked for every two
/// seconds, and who watches it is told when it is found.
///
/// Envoy looks at moves only; the JDK cannot tell a file that is moved from one that is made, so
/// that is told too.
public final class FolderWatch {
  private static final Logger LOG = LoggerFactory.getLogger("file");
  private static final long LOOK_MILLIS = 2_000;

  private final ConcurrentHashMap<WatchKey, CopyOnWriteArrayList<Watch>> watches =
      new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Watch> lost = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable WatchService> service = new AtomicReference<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);

  /// One who wants to know.
  public static final class Watch {
    private final Path folder;
    private final @Nullable Path name;
    private final Runnable changed;
    private volatile @Nullable Object identity; // of what is watched under that name
    private volatile boolean warned;
    private volatile boolean ended;

    private Watch(Path folder, @Nullable Path name, Runnable changed) {
      this.folder = folder;
      this.name = name;
      this.changed = changed;
    }

    /// No more is told. Does not block.
    public void end() {
      ended = true;
    }

    private void onEvents(List<WatchEvent<?>> events) {
      for (var event : events) {
        if (name == null || event.context() == null || name.equals(event.context())) {
          tell();
          return;
        }
      }
    }

    private void tell() {
      if (!ended) {
        try {
          changed.run();
        } catch (RuntimeException bug) { // the others are told all the same
          LOG.error("telling of a change in folder '{}' failed", folder, bug);
        }
      }
    }
  }

  /// Begins to watch; touches the disk.
  ///
  /// @param name of the only file that matters; null = whatever there is
  /// @param changed called on the thread that waits
  public Watch watch(Path folder, @Nullable Path name, Runnable changed) {
    var watch = new Watch(folder, name, changed);
    if (!register(watch)) {
      lost.add(watch);
    }
    if (!started.getAndSet(true)) {
      Thread.ofPlatform().daemon().name("file-watch").start(this::run);
    }
    return watch;
  }

  private boolean register(Watch watch) {
    try {
      watch.identity = identity(watch.folder); // before: what replaces it now is noticed
      var key = watch.folder.register(service(), StandardWatchEventKinds.ENTRY_CREATE);
      watches.compute(
          key,
          (_, all) -> {
            var list = all == null ? new CopyOnWriteArrayList<Watch>() : all;
            list.add(watch);
            return list;
          });
    } catch (IOException | ClosedWatchServiceException e) {
      if (!watch.warned && !isClosed()) {
        watch.warned = true;
        LOG.warn(
            "folder '{}' cannot be watched ({}): what changes there will be seen when it can",
            watch.folder,
            e.toString());
      }
      return false;
    }
    if (watch.warned) {
      watch.warned = false;
      LOG.info("folder '{}' is watched now", watch.folder);
    }
    return true;
  }

  private static @Nullable Object identity(Path folder) throws IOException {
    return Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
  }

  private static boolean isReplaced(Watch watch) {
    try {
      return !Objects.equals(watch.identity, identity(watch.folder));
    } catch (IOException _) {
      return true;
    }
  }

  private WatchService service() throws IOException {
    var open = service.get();
    if (open != null) {
      return open;
    }
    var mine = FileSystems.getDefault().newWatchService();
    var other = service.compareAndExchange(null, mine);
    if (other != null || isClosed()) {
      mine.close();
    }
    return other != null ? other : mine;
  }

  private void run() {
    try {
      while (!isClosed()) {
        var open = service.get();
        if (open == null) {
          var _ = closed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } else {
          tellOfEvents(open.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS));
        }
        look();
      }
    } catch (InterruptedException | ClosedWatchServiceException _) {
      // the process ends
    }
  }

  private void tellOfEvents(@Nullable WatchKey key) {
    if (key == null) {
      return;
    }
    var events = key.pollEvents();
    key.reset(); // before anybody looks, so that nothing falls between
    for (var watch : watches.getOrDefault(key, new CopyOnWriteArrayList<>())) {
      watch.onEvents(events);
    }
  }

  /// Forgets who wants no more, and looks for folders that are lost. Only here keys end: one that
  /// somebody begins to watch meanwhile is found lost the next time.
  private void look() {
    for (var key : watches.keySet()) {
      watches.computeIfPresent(
          key,
          (_, all) -> {
            all.removeIf(watch -> watch.ended);
            var gone = all.stream().filter(watch -> !key.isValid() || isReplaced(watch)).toList();
            lost.addAll(gone);
            all.removeAll(gone);
            if (all.isEmpty()) {
              key.cancel();
            }
            return all.isEmpty() ? null : all;
          });
    }
    lost.removeIf(watch -> watch.ended);
    for (var watch : List.copyOf(lost)) {
      if (register(watch)) {
        lost.remove(watch);
        watch.tell();
      }
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  /// Ends the thread.
  public void close() {
    closed.countDown();
    var open = service.get();
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("closing the watch of files failed", e);
      }
    }
  }
}
