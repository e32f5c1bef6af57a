package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.filter.WorkerContext;
import java.util.IdentityHashMap;

/// The network filters configured on one worker: one [WorkerNetworkFilterFactory] per
/// [NetworkFilterFactory], however many chains use it, from the first [#acquire] to the last
/// [#release]. On the worker's loop.
public final class WorkerNetworkFilters {
  private final WorkerContext worker;
  private final IdentityHashMap<NetworkFilterFactory, Lease> leases = new IdentityHashMap<>();

  public WorkerNetworkFilters(WorkerContext worker) {
    this.worker = worker;
  }

  public WorkerNetworkFilterFactory acquire(NetworkFilterFactory factory) {
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
  public void retire(NetworkFilterFactory factory) {
    var lease = leases.get(factory);
    if (lease == null || lease.current == 0) {
      throw new IllegalStateException("a network filter was retired more often than acquired");
    }
    if (--lease.current == 0) {
      lease.filters.onRetired();
    }
  }

  public void release(NetworkFilterFactory factory) {
    var lease = leases.get(factory);
    if (lease == null) {
      throw new IllegalStateException("a network filter was released more often than acquired");
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
    private final WorkerNetworkFilterFactory filters;
    private int holders;
    private int current;

    Lease(WorkerNetworkFilterFactory filters) {
      this.filters = filters;
    }
  }
}
