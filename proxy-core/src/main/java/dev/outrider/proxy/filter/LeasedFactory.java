package dev.outrider.proxy.filter;

/// What is configured once and has a part on each worker that uses it; lent by [WorkerFilters].
///
/// @param <L> that part
public interface LeasedFactory<L extends Leased> {
  /// Called on the worker's loop when the worker takes a configuration that names it. Must not
  /// block.
  L forWorker(WorkerContext worker);

  /// The same, for what serves other factories of its kind.
  ///
  /// @param lender of the same worker
  default L forWorker(WorkerContext worker, WorkerFilters<L> lender) {
    return forWorker(worker);
  }
}
