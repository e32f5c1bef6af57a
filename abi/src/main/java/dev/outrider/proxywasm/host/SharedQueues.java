package dev.outrider.proxywasm.host;

/// Queues that VMs share, named by (`vm_id`, name), within and across threads.
public interface SharedQueues {
  /// Opens the queues of that `vm_id` for one VM, which closes them when it ends; they go with the
  /// last VM that has them open.
  ///
  /// @param maxBytes what all of them together may hold: items, each with 16 bytes, and names, each
  ///   with 128. Of the VMs that opened them the most generous counts
  Space open(String vmId, long maxBytes);

  /// One VM's door to the queues. Used by that VM's thread only; the queues behind it are shared.
  interface Space extends AutoCloseable {
    /// Makes the queue or finds it, and makes `subscriber` the one told of new items. Answers the
    /// token; 0 if there is no room for one more queue.
    int register(byte[] name, int offset, int length, PluginHost subscriber);

    /// Finds a queue of any `vm_id`. Answers the token, or 0.
    int resolve(String vmId, byte[] name, int offset, int length);

    /// Appends an item, borrowing the range. NOT_FOUND: no such queue. INTERNAL_FAILURE: it is
    /// full; nobody is told.
    WasmResult enqueue(int token, byte[] item, int offset, int length);

    /// Hands the oldest item to `item`. NOT_FOUND: no such queue. EMPTY: nothing in it.
    WasmResult dequeue(int token, ByteSink item);

    /// Makes that subscriber of this VM deaf; its queues stay.
    void unsubscribe(PluginHost subscriber);

    @Override
    void close();
  }
}
