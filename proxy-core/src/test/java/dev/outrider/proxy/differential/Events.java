package dev.outrider.proxy.differential;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What client and service of one case tell one another. Any thread.
final class Events {
  private final Map<String, CountDownLatch> events = new ConcurrentHashMap<>();

  void emit(String event) {
    latch(event).countDown();
  }

  void await(String event) {
    try {
      if (!latch(event).await(Wire.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Wire.Silence("event '" + event + "'");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new Wire.Silence("event '" + event + "', interrupted");
    }
  }

  private CountDownLatch latch(String event) {
    return events.computeIfAbsent(event, _ -> new CountDownLatch(1));
  }
}
