package dev.outrider.proxy.server;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/// What the clients of a soak have done, by kind, and what went wrong. Shared by their threads.
final class SoakLog {
  private final Map<String, AtomicLong> done = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

  void done(String kind) {
    done.computeIfAbsent(kind, _ -> new AtomicLong()).incrementAndGet();
  }

  void wrong(String what) {
    if (wrong.size() < 20) {
      wrong.add(what);
    }
  }

  List<String> wrong() {
    return List.copyOf(wrong);
  }

  long total() {
    return done.values().stream().mapToLong(AtomicLong::get).sum();
  }

  /// How often the kind was done that was done least.
  long leastUsed() {
    return done.values().stream().mapToLong(AtomicLong::get).min().orElse(0);
  }

  @Override
  public String toString() {
    return done.toString();
  }
}
