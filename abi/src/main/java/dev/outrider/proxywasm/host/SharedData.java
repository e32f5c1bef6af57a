package dev.outrider.proxywasm.host;

/// Key-value spaces that VMs share, one per `vm_id`, within and across threads.
public interface SharedData {
  /// Opens the space of that `vm_id` (empty is a legal id) for one VM, which closes it when it
  /// ends. The contents go with the last VM that has it open.
  ///
  /// @param maxBytes what the space may hold: keys, values, and 64 bytes for each of them. Of the
  ///   VMs that opened it the most generous counts
  Space open(String vmId, long maxBytes);

  /// One VM's door to a space. Used by that VM's thread only; the space behind it is shared.
  interface Space extends AutoCloseable {
    /// Hands the value to `value` and answers its CAS number (1 to 2^32-1 as unsigned), or answers
    /// 0 if there is no such key.
    int get(byte[] key, int offset, int length, ByteSink value);

    /// Sets a value, borrowing both ranges. `cas` 0 is unconditional; otherwise CAS_MISMATCH if the
    /// key exists with another number. INTERNAL_FAILURE if the space is full.
    WasmResult set(
        byte[] key,
        int keyOffset,
        int keyLength,
        byte[] value,
        int valueOffset,
        int valueLength,
        int cas);

    @Override
    void close();
  }
}
