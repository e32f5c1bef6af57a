package dev.outrider.proxy.leaks;

import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Netty's leak detector with a memory: what it finds is kept until a test class asks for it.
///
/// Named in the test JVM's `io.netty.customResourceLeakDetector`, so that it is in place before the
/// first buffer class is loaded. The list is static because Netty makes one detector per resource
/// type by reflection.
public final class CountingLeakDetector<T> extends ResourceLeakDetector<T> {
  private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

  /// Called by Netty with the resource type and its sampling interval (unused: the level is
  /// paranoid).
  public CountingLeakDetector(Class<?> resourceType, int samplingInterval) {
    super(resourceType, samplingInterval);
  }

  /// The constructor of older Nettys, which is looked up first; `maxActive` means nothing.
  @SuppressWarnings("unused") // found by reflection
  public CountingLeakDetector(Class<?> resourceType, int samplingInterval, long maxActive) {
    this(resourceType, samplingInterval);
  }

  /// Returns the leak reports collected since the last call, and forgets them.
  static List<String> takeReports() {
    var reports = new ArrayList<String>();
    for (var report = FOUND.poll(); report != null; report = FOUND.poll()) {
      reports.add(report);
    }
    return reports;
  }

  @Override
  protected boolean needReport() {
    return true;
  }

  @Override
  protected void reportTracedLeak(String resourceType, String records) {
    FOUND.add(resourceType + " was collected without release(); touched at:" + records);
  }

  @Override
  protected void reportUntracedLeak(String resourceType) {
    FOUND.add(resourceType + " was collected without release() (no records)");
  }
}
