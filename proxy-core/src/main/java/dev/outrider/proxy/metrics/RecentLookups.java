package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// How often statistics were looked up by name, and while somebody wants to know, which: a lookup
/// belongs to configuration, so one that repeats with requests is a name that should have been kept
/// (Envoy `/stats/recentlookups`). Any thread.
public final class RecentLookups {
  /// So many names are kept, the latest ones.
  static final int MOST = 100;

  private final AtomicLong total = new AtomicLong();
  // Null while nobody wants to know; guarded by itself.
  private volatile @Nullable Map<String, Long> names;

  /// A name, and how often it was looked up.
  public record Lookup(String name, long count) {}

  void add(String name) {
    total.incrementAndGet();
    var kept = names;
    if (kept != null) {
      synchronized (kept) {
        kept.merge(name, 1L, Long::sum);
      }
    }
  }

  /// Since the start, or since [#clear].
  public long total() {
    return total.get();
  }

  /// Begins to keep names, or forgets them all and stops.
  public void enable(boolean wanted) {
    if (!wanted) {
      names = null;
    } else if (names == null) {
      names = new Latest();
    }
  }

  public void clear() {
    total.set(0);
    if (names != null) {
      names = new Latest();
    }
  }

  /// The rarest first; null while names are not kept.
  public @Nullable List<Lookup> latest() {
    var kept = names;
    if (kept == null) {
      return null;
    }
    var latest = new ArrayList<Lookup>();
    synchronized (kept) {
      kept.forEach((name, count) -> latest.add(new Lookup(name, count)));
    }
    latest.sort(Comparator.comparingLong(Lookup::count).thenComparing(Lookup::name));
    return latest;
  }

  /// Lets go of the name that was not looked up for longest.
  private static final class Latest extends LinkedHashMap<String, Long> {
    private static final long serialVersionUID = 1L;

    Latest() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
      return size() > MOST;
    }
  }
}
