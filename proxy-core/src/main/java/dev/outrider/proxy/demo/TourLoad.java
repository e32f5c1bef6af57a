package dev.outrider.proxy.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Requests without a pause from fifty clients at once, for as long as something else happens.
final class TourLoad implements AutoCloseable {
  private static final int CLIENTS = 50;

  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicInteger answered = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final Semaphore progress = new Semaphore(0);
  private final List<Thread> clients = new ArrayList<>();

  /// One request; throws or answers the status.
  interface Request {
    int send();
  }

  /// @param drop the first response counts as lost
  TourLoad(Request request, boolean drop) {
    var toDrop = new AtomicBoolean(drop);
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(Thread.ofVirtual().name("load-" + i).start(() -> run(request, toDrop)));
    }
  }

  private void run(Request request, AtomicBoolean toDrop) {
    while (running.get()) {
      try {
        int status = request.send();
        if (toDrop.getAndSet(false)) {
          failures.add("no response");
        } else if (status != 200) {
          failures.add("status " + status);
        } else {
          answered.incrementAndGet();
        }
      } catch (RuntimeException failed) {
        failures.add(String.valueOf(failed.getMessage()));
      }
      progress.release();
    }
  }

  /// Waits until that many more requests have come to an end.
  void awaitRequests(int more) {
    progress.drainPermits();
    progress.acquireUninterruptibly(more);
  }

  /// Ends the load; every request that was started has ended then.
  @Override
  public void close() {
    running.set(false);
    for (var client : clients) {
      try {
        client.join();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }

  int answered() {
    return answered.get();
  }

  /// What went wrong, one line for each request; empty if nothing did.
  List<String> failures() {
    return List.copyOf(failures);
  }
}
