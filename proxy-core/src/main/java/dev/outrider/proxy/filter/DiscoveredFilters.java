package dev.outrider.proxy.filter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The configurations of filters of one worker that come by themselves (Envoy
/// `core.v3.ExtensionConfigSource`), and who uses them. A new one is for the streams or connections
/// that begin after it; those that run keep the filter that they have. On the worker's loop.
///
/// @param <L> makes the filters: [WorkerFilterFactory], `WorkerNetworkFilterFactory`
public final class DiscoveredFilters<L extends Leased> {
  private final WorkerFilters<L> lender;
  private final Map<String, LeasedFactory<L>> current = new HashMap<>();
  private final Map<String, List<Use<L>>> uses = new HashMap<>();

  DiscoveredFilters(WorkerFilters<L> lender) {
    this.lender = lender;
  }

  /// The configuration under that handle is another one from now on.
  public void put(String handle, LeasedFactory<L> factory) {
    current.put(handle, factory);
    uses.getOrDefault(handle, List.of()).forEach(Use::update);
  }

  /// There is none under that handle any more.
  public void remove(String handle) {
    current.remove(handle);
    uses.getOrDefault(handle, List.of()).forEach(Use::update);
  }

  /// A filter of a chain, or of several, begins to use what is under that handle.
  ///
  /// @param fallback as long as there is nothing
  public Use<L> use(String handle, @Nullable LeasedFactory<L> fallback) {
    var use = new Use<>(this, handle, fallback);
    uses.computeIfAbsent(handle, _ -> new ArrayList<>()).add(use);
    return use;
  }

  private void end(Use<L> use) {
    var users = uses.get(use.handle);
    if (users != null && users.remove(use) && users.isEmpty()) {
      uses.remove(use.handle);
    }
  }

  /// What one filter has of it. Its owner passes on what [Leased] tells.
  public static final class Use<L extends Leased> implements Leased {
    private final DiscoveredFilters<L> owner;
    private final String handle;
    private final @Nullable LeasedFactory<L> fallback;
    private @Nullable LeasedFactory<L> factory;
    private @Nullable L part;
    private boolean retired;

    private Use(DiscoveredFilters<L> owner, String handle, @Nullable LeasedFactory<L> fallback) {
      this.owner = owner;
      this.handle = handle;
      this.fallback = fallback;
      update();
    }

    /// What makes filters now; null = nothing has come and there is no default.
    public @Nullable L part() {
      return part;
    }

    /// The new one is there before the old one goes: a VM that both use stays.
    private void update() {
      var next = owner.current.getOrDefault(handle, fallback);
      if (Objects.equals(next, factory)) { // equal means the same object, as for every factory
        return;
      }
      var before = factory;
      factory = next;
      part = next == null ? null : owner.lender.acquire(next);
      if (next != null && retired) {
        owner.lender.retire(next);
      }
      if (before != null) {
        drop(before);
      }
    }

    private void drop(LeasedFactory<L> old) {
      if (!retired) {
        owner.lender.retire(old);
      }
      owner.lender.release(old);
    }

    @Override
    public void onRetired() {
      retired = true;
      if (factory != null) {
        owner.lender.retire(factory);
      }
    }

    /// It is used again: what was given back is taken anew.
    @Override
    public void onWanted() {
      retired = false;
      if (factory != null) {
        part = owner.lender.acquire(factory);
        owner.lender.release(factory);
      }
    }

    @Override
    public void close() {
      owner.end(this);
      if (factory != null) {
        drop(factory);
        factory = null;
        part = null;
      }
    }
  }
}
