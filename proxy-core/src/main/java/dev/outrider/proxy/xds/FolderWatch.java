package dev.outrider.proxy.xds;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
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
final class FolderWatch {
  private static final Logger LOG = LoggerFactory.getLogger("file");
  private static final long LOOK_MILLIS = 2_000;

  // Guarded by this. The disk is touched meanwhile: no loop may wait for it.
  private final Map<WatchKey, List<Watch>> watches = new HashMap<>();
  private final List<Watch> lost = new ArrayList<>();
  private @Nullable WatchService service;
  private boolean started;
  private boolean closed;

  /// One who wants to know.
  static final class Watch {
    private final Path folder;
    private final @Nullable Path name;
    private final Runnable changed;
    private @Nullable Object identity; // of what is watched under that name
    private boolean warned;
    private volatile boolean ended;

    private Watch(Path folder, @Nullable Path name, Runnable changed) {
      this.folder = folder;
      this.name = name;
      this.changed = changed;
    }

    /// No more is told. Does not block.
    void end() {
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
        changed.run();
      }
    }

    private boolean isReplaced() {
      try {
        return !Objects.equals(identity, identity(folder));
      } catch (IOException _) {
        return true;
      }
    }

    private static @Nullable Object identity(Path folder) throws IOException {
      return Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
    }
  }

  /// Begins to watch; touches the disk.
  ///
  /// @param name of the only file that matters; null = whatever there is
  /// @param changed called on the thread that waits
  synchronized Watch watch(Path folder, @Nullable Path name, Runnable changed) {
    var watch = new Watch(folder, name, changed);
    if (!closed) {
      if (!started) {
        started = true;
        Thread.ofPlatform().daemon().name("file-watch").start(this::run);
      }
      if (!register(watch)) {
        lost.add(watch);
      }
    }
    return watch;
  }

  private boolean register(Watch watch) {
    try {
      var open = service;
      if (open == null) {
        open = FileSystems.getDefault().newWatchService();
        service = open;
        notifyAll();
      }
      watch.identity = Watch.identity(watch.folder); // before: what replaces it now is noticed
      var key = watch.folder.register(open, StandardWatchEventKinds.ENTRY_CREATE);
      watches.computeIfAbsent(key, _ -> new ArrayList<>()).add(watch);
    } catch (IOException e) {
      if (!watch.warned) {
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

  private void run() {
    try {
      for (var open = awaitService(); open != null; open = awaitService()) {
        var key = open.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (key != null) {
          var events = key.pollEvents();
          key.reset(); // before anybody looks, so that nothing falls between
          watchesOf(key).forEach(watch -> watch.onEvents(events));
        }
        look().forEach(Watch::tell);
      }
    } catch (InterruptedException | ClosedWatchServiceException _) {
      // the process ends
    }
  }

  /// Null if this is closed.
  private synchronized @Nullable WatchService awaitService() throws InterruptedException {
    while (service == null && !closed) {
      wait(LOOK_MILLIS);
      look().forEach(Watch::tell);
    }
    return closed ? null : service;
  }

  private synchronized List<Watch> watchesOf(WatchKey key) {
    return List.copyOf(watches.getOrDefault(key, List.of()));
  }

  /// Forgets who wants no more, and looks for folders that are lost; returns whose were found.
  private synchronized List<Watch> look() {
    watches
        .entrySet()
        .removeIf(
            entry -> {
              var key = entry.getKey();
              var all = entry.getValue();
              all.removeIf(watch -> watch.ended);
              var gone =
                  all.stream().filter(watch -> !key.isValid() || watch.isReplaced()).toList();
              lost.addAll(gone);
              all.removeAll(gone);
              if (all.isEmpty()) {
                key.cancel();
              }
              return all.isEmpty();
            });
    lost.removeIf(watch -> watch.ended);
    var found = lost.stream().filter(this::register).toList();
    lost.removeAll(found);
    return found;
  }

  /// Ends the thread.
  synchronized void close() {
    closed = true;
    notifyAll();
    var open = service;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("closing the watch of files failed", e);
      }
    }
  }
}
