package dev.outrider.proxy.filter;

import java.util.IdentityHashMap;

/// The filters configured on one worker: one [WorkerFilterFactory] per [HttpFilterFactory], however
/// many chains use it, from the first [#acquire] to the last [#release]. On the worker's loop.
public final class WorkerFilters {
  private final WorkerContext worker;
  private final IdentityHashMap<HttpFilterFactory, Lease> leases = new IdentityHashMap<>();

  public WorkerFilters(WorkerContext worker) {
    this.worker = worker;
  }

  public WorkerFilterFactory acquire(HttpFilterFactory factory) {
    var lease = leases.get(factory);
    if (lease == null) {
      lease = new Lease(factory.forWorker(worker));
      leases.put(factory, lease);
    }
    lease.holders++;
    lease.current++;
    if (lease.current == 1 && lease.holders > 1) {
      lease.filters.onWanted();
    }
    return lease.filters;
  }

  /// One holder takes no new connections any more, though those it has go on; once before its
  /// [#release].
  public void retire(HttpFilterFactory factory) {
    var lease = leases.get(factory);
    if (lease == null || lease.current == 0) {
      throw new IllegalStateException("a filter factory was retired more often than acquired");
    }
    if (--lease.current == 0) {
      lease.filters.onRetired();
    }
  }

  public void release(HttpFilterFactory factory) {
    var lease = leases.get(factory);
    if (lease == null) {
      throw new IllegalStateException("a filter factory was released more often than acquired");
    }
    if (--lease.holders == 0) {
      leases.remove(factory);
      lease.filters.close();
    }
  }

  /// How many factories are in use: zero when every chain is gone.
  public int size() {
    return leases.size();
  }

  private static final class Lease {
    private final WorkerFilterFactory filters;
    private int holders;
    private int current;

    Lease(WorkerFilterFactory filters) {
      this.filters = filters;
    }
  }
}
