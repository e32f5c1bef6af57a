package dev.outrider.proxy.filter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The configurations of [DiscoveredFilter]s that one worker has, and who uses them. A new one is
/// for the streams that begin after it; those that run keep the filter that they have. On the
/// worker's loop.
public final class DiscoveredFilters {
  private final WorkerFilters<WorkerFilterFactory> lender;
  private final Map<String, HttpFilterFactory> current = new HashMap<>();
  private final Map<String, List<Use>> uses = new HashMap<>();

  /// @param lender of the same worker
  public DiscoveredFilters(WorkerFilters<WorkerFilterFactory> lender) {
    this.lender = lender;
  }

  /// The configuration under that handle is another one from now on.
  public void put(String handle, HttpFilterFactory factory) {
    current.put(handle, factory);
    uses.getOrDefault(handle, List.of()).forEach(Use::update);
  }

  /// There is none under that handle any more.
  public void remove(String handle) {
    current.remove(handle);
    uses.getOrDefault(handle, List.of()).forEach(Use::update);
  }

  WorkerFilterFactory use(DiscoveredFilter filter) {
    var use = new Use(filter);
    uses.computeIfAbsent(filter.handle(), _ -> new ArrayList<>()).add(use);
    return use;
  }

  /// One filter of a chain, or of several.
  private final class Use implements WorkerFilterFactory {
    private final DiscoveredFilter filter;
    private @Nullable HttpFilterFactory factory;
    private @Nullable WorkerFilterFactory part;
    private boolean retired;

    Use(DiscoveredFilter filter) {
      this.filter = filter;
      update();
    }

    /// The new one is there before the old one goes: a VM that both use stays.
    void update() {
      var next = current.getOrDefault(filter.handle(), filter.fallback());
      if (Objects.equals(next, factory)) { // equal means the same object, as for every factory
        return;
      }
      var before = factory;
      factory = next;
      part = next == null ? null : lender.acquire(next);
      if (next != null && retired) {
        lender.retire(next);
      }
      if (before != null) {
        drop(before);
      }
    }

    private void drop(HttpFilterFactory old) {
      if (!retired) {
        lender.retire(old);
      }
      lender.release(old);
    }

    @Override
    public @Nullable HttpFilter create(StreamHandle stream) {
      return part == null ? new MissingFilter(stream) : part.create(stream);
    }

    @Override
    public void onRetired() {
      retired = true;
      if (factory != null) {
        lender.retire(factory);
      }
    }

    /// It is used again: what was given back is taken anew.
    @Override
    public void onWanted() {
      retired = false;
      if (factory != null) {
        part = lender.acquire(factory);
        lender.release(factory);
      }
    }

    @Override
    public void close() {
      var mine = uses.get(filter.handle());
      if (mine != null && mine.remove(this) && mine.isEmpty()) {
        uses.remove(filter.handle());
      }
      if (factory != null) {
        drop(factory);
        factory = null;
        part = null;
      }
    }
  }
}
