package dev.outrider.proxywasm.shared;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.SharedData;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Shared data of all VMs of this process, keyed by `vm_id` (ABI reference 3.10). Any thread.
///
/// CAS numbers are unique over all spaces, so that a number read from a space that died and came
/// back never matches by accident.
public final class InProcessSharedData implements SharedData {
  private static final int ENTRY_BYTES = 64;

  private final AtomicInteger lastCas = new AtomicInteger();
  private final Map<String, Store> stores = new HashMap<>(); // guarded by this

  @SuppressWarnings("ArrayRecordComponent") // never changed once stored
  private record Value(byte[] bytes, int cas) {}

  /// The contents of one `vm_id`.
  private static final class Store {
    final String vmId;
    final Map<ByteKey, Value> values = new HashMap<>(); // guarded by this
    long bytes; // guarded by this
    long maxBytes; // guarded by this
    int users; // guarded by the map of stores

    Store(String vmId) {
      this.vmId = vmId;
    }

    synchronized void allow(long atLeast) {
      maxBytes = Math.max(maxBytes, atLeast);
    }

    /// Bytes that a value adds in place of `before`.
    static long growth(@Nullable Value before, int keyLength, int valueLength) {
      return before == null
          ? (long) ENTRY_BYTES + keyLength + valueLength
          : (long) valueLength - before.bytes.length;
    }
  }

  /// No space yet.
  public InProcessSharedData() {}

  @Override
  public synchronized Space open(String vmId, long maxBytes) {
    var store = stores.computeIfAbsent(vmId, Store::new);
    store.users++;
    store.allow(maxBytes);
    return new Door(store);
  }

  private synchronized void release(Store store) {
    if (--store.users == 0) {
      stores.remove(store.vmId, store);
    }
  }

  private int nextCas() {
    return lastCas.updateAndGet(cas -> cas + 1 == 0 ? 1 : cas + 1);
  }

  private final class Door implements Space {
    private final Store store;
    private final ByteKey probe = new ByteKey();
    private boolean closed;

    Door(Store store) {
      this.store = store;
    }

    @Override
    public int get(byte[] key, int offset, int length, ByteSink sink) {
      @Nullable Value value;
      synchronized (store) {
        value = store.values.get(probe.pointAt(key, offset, length));
      }
      if (value == null) {
        return 0;
      }
      sink.accept(value.bytes, 0, value.bytes.length);
      return value.cas;
    }

    @Override
    public WasmResult set(
        byte[] key,
        int keyOffset,
        int keyLength,
        byte[] value,
        int valueOffset,
        int valueLength,
        int cas) {
      synchronized (store) {
        var before = store.values.get(probe.pointAt(key, keyOffset, keyLength));
        if (before != null && cas != 0 && cas != before.cas) {
          return WasmResult.CAS_MISMATCH;
        }
        long growth = Store.growth(before, keyLength, valueLength);
        if (store.bytes + growth > store.maxBytes) {
          return WasmResult.INTERNAL_FAILURE;
        }
        var copy = Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength);
        var kept = before == null ? ByteKey.copyOf(key, keyOffset, keyLength) : probe;
        store.values.put(kept, new Value(copy, nextCas()));
        store.bytes += growth;
        return WasmResult.OK;
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        release(store);
      }
    }
  }
}
