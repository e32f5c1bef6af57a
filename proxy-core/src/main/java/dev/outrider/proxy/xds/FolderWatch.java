package dev.outrider.proxy.xds;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells when something appears in a folder: a file moved over another, the symbolic link of a
/// Kubernetes volume swapped. One thread waits, from the first watch on; any thread may ask.
///
/// Envoy looks at moves only; the JDK cannot tell a file that is moved from one that is made, so
/// that is told too.
final class FolderWatch {
  private static final Logger LOG = LoggerFactory.getLogger("file");

  private final ConcurrentHashMap<WatchKey, CopyOnWriteArrayList<Watch>> watches =
      new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable WatchService> service = new AtomicReference<>();
  private volatile boolean closed;

  /// One who wants to know.
  final class Watch {
    private final @Nullable Path name;
    private final Runnable changed;
    private volatile @Nullable WatchKey key;
    private volatile boolean ended;

    private Watch(@Nullable Path name, Runnable changed) {
      this.name = name;
      this.changed = changed;
    }

    /// No more is told.
    void end() {
      ended = true;
      var of = key;
      if (of != null) {
        watches.computeIfPresent(
            of,
            (_, all) -> {
              all.remove(this);
              if (all.isEmpty()) {
                of.cancel();
                return null;
              }
              return all;
            });
      }
    }

    private void onEvents(List<WatchEvent<?>> events) {
      for (var event : events) {
        if (name == null || event.context() == null || name.equals(event.context())) {
          changed.run();
          return;
        }
      }
    }
  }

  /// Begins to watch; touches the disk.
  ///
  /// @param name of the only file that matters; null = whatever there is
  /// @param changed called on the thread that waits
  Watch watch(Path folder, @Nullable Path name, Runnable changed) {
    var watch = new Watch(name, changed);
    try {
      var key = folder.register(service(), StandardWatchEventKinds.ENTRY_CREATE);
      watches.compute(
          key,
          (_, all) -> {
            var list = all == null ? new CopyOnWriteArrayList<Watch>() : all;
            list.add(watch);
            return list;
          });
      watch.key = key;
      if (watch.ended) {
        watch.end();
      }
    } catch (IOException | ClosedWatchServiceException e) {
      if (!closed) {
        LOG.warn(
            "folder '{}' cannot be watched ({}): what changes there will not be seen",
            folder,
            e.toString());
      }
    }
    return watch;
  }

  private WatchService service() throws IOException {
    var open = service.get();
    if (open != null) {
      return open;
    }
    var mine = FileSystems.getDefault().newWatchService();
    var other = service.compareAndExchange(null, mine);
    if (other != null) {
      mine.close();
      return other;
    }
    Thread.ofPlatform().daemon().name("file-watch").start(() -> await(mine));
    return mine;
  }

  private void await(WatchService waits) {
    try {
      while (true) {
        var key = waits.take();
        var events = key.pollEvents();
        key.reset(); // before anybody looks, so that nothing falls between
        for (var watch : watches.getOrDefault(key, new CopyOnWriteArrayList<>())) {
          watch.onEvents(events);
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException _) {
      // the process ends
    }
  }

  /// Ends the thread.
  void close() {
    closed = true;
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
