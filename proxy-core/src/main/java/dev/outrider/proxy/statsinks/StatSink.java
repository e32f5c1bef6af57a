package dev.outrider.proxy.statsinks;

/// Who is told of statistics when an interval ends. Main loop only.
public interface StatSink {
  /// Sends what the interval brought, if there is a way now. What counters counted is told next
  /// time otherwise.
  void flush();
}
