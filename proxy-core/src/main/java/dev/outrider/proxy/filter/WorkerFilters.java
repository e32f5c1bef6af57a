package dev.outrider.proxy.filter;

import java.util.IdentityHashMap;

/// The filters configured on one worker: one part per factory, however many chains use it, from the
/// first [#acquire] to the last [#release]. On the worker's loop.
///
/// @param <L> makes the filters: [WorkerFilterFactory], `WorkerNetworkFilterFactory`
public final class WorkerFilters<L extends Leased> {
  private final WorkerContext worker;
  private final IdentityHashMap<LeasedFactory<L>, Lease<L>> leases = new IdentityHashMap<>();
  private final DiscoveredFilters<L> discovered = new DiscoveredFilters<>(this);

  public WorkerFilters(WorkerContext worker) {
    this.worker = worker;
  }

  public L acquire(LeasedFactory<L> factory) {
    var lease = leases.get(factory);
    if (lease == null) {
      lease = new Lease<>(factory.forWorker(worker, this));
      leases.put(factory, lease);
    }
    lease.holders++;
    lease.current++;
    if (lease.current == 1 && lease.holders > 1) {
      lease.part.onWanted();
    }
    return lease.part;
  }

  /// One holder takes no new connections any more, though those it has go on; once before its
  /// [#release].
  public void retire(LeasedFactory<L> factory) {
    var lease = leases.get(factory);
    if (lease == null || lease.current == 0) {
      throw new IllegalStateException("a filter factory was retired more often than acquired");
    }
    if (--lease.current == 0) {
      lease.part.onRetired();
    }
  }

  public void release(LeasedFactory<L> factory) {
    var lease = leases.get(factory);
    if (lease == null) {
      throw new IllegalStateException("a filter factory was released more often than acquired");
    }
    if (--lease.holders == 0) {
      leases.remove(factory);
      lease.part.close();
    }
  }

  /// Those of them whose configuration comes by itself.
  public DiscoveredFilters<L> discovered() {
    return discovered;
  }

  /// How many factories are in use: zero when every chain is gone.
  public int size() {
    return leases.size();
  }

  private static final class Lease<L extends Leased> {
    private final L part;
    private int holders;
    private int current;

    Lease(L part) {
      this.part = part;
    }
  }
}
