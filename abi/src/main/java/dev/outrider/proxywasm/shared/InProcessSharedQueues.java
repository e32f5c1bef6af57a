package dev.outrider.proxywasm.shared;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.SharedQueues;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Shared queues of all VMs of this process, named by (`vm_id`, name) (ABI reference 3.11). Any
/// thread.
public final class InProcessSharedQueues implements SharedQueues {
  private static final int ITEM_BYTES = 16;
  private static final int QUEUE_BYTES = 128;

  // All guarded by this.
  private final Map<String, Owner> owners = new HashMap<>();
  private final Map<Integer, Queue> byToken = new HashMap<>();
  private int lastToken;

  /// The queues of one `vm_id`.
  private static final class Owner {
    final String vmId;
    final Map<ByteKey, Queue> queues = new HashMap<>();
    int users;
    long bytes;
    long maxBytes;

    Owner(String vmId) {
      this.vmId = vmId;
    }
  }

  private static final class Queue {
    final Owner owner;
    final int token;
    final ArrayDeque<byte[]> items = new ArrayDeque<>();
    @Nullable PluginHost subscriber;

    Queue(Owner owner, int token) {
      this.owner = owner;
      this.token = token;
    }
  }

  /// No queue yet.
  public InProcessSharedQueues() {}

  @Override
  public synchronized Space open(String vmId, long maxBytes) {
    var owner = owners.computeIfAbsent(vmId, Owner::new);
    owner.users++;
    owner.maxBytes = Math.max(owner.maxBytes, maxBytes);
    return new Door(owner);
  }

  private synchronized void release(Owner owner) {
    if (--owner.users == 0) {
      owners.remove(owner.vmId, owner);
      owner.queues.values().forEach(queue -> byToken.remove(queue.token));
    }
  }

  /// True if they fit; then they count.
  private static boolean count(Owner owner, long bytes) {
    boolean fit = owner.bytes + bytes <= owner.maxBytes;
    owner.bytes += fit ? bytes : 0;
    return fit;
  }

  private synchronized int register(Owner owner, ByteKey name, PluginHost subscriber) {
    var queue = owner.queues.get(name);
    if (queue == null) {
      if (!count(owner, (long) QUEUE_BYTES + name.length())) {
        return 0;
      }
      queue = new Queue(owner, ++lastToken);
      owner.queues.put(name, queue);
      byToken.put(queue.token, queue);
    }
    queue.subscriber = subscriber;
    return queue.token;
  }

  private synchronized int resolve(String vmId, ByteKey name) {
    var owner = owners.get(vmId);
    var queue = owner == null ? null : owner.queues.get(name);
    return queue == null ? 0 : queue.token;
  }

  private WasmResult enqueue(int token, byte[] source, int offset, int length) {
    @Nullable PluginHost subscriber;
    synchronized (this) {
      var queue = byToken.get(token);
      if (queue == null) {
        return WasmResult.NOT_FOUND;
      }
      if (!count(queue.owner, (long) ITEM_BYTES + length)) {
        return WasmResult.INTERNAL_FAILURE;
      }
      queue.items.add(Arrays.copyOfRange(source, offset, offset + length));
      subscriber = queue.subscriber;
    }
    if (subscriber != null) {
      subscriber.queueReady(token);
    }
    return WasmResult.OK;
  }

  private WasmResult dequeue(int token, ByteSink sink) {
    byte @Nullable [] item;
    synchronized (this) {
      var queue = byToken.get(token);
      if (queue == null) {
        return WasmResult.NOT_FOUND;
      }
      item = queue.items.poll();
      if (item == null) {
        return WasmResult.EMPTY;
      }
      queue.owner.bytes -= (long) ITEM_BYTES + item.length;
    }
    sink.accept(item, 0, item.length);
    return WasmResult.OK;
  }

  @SuppressWarnings("ReferenceEquality") // a subscriber is who it is, not what it equals
  private synchronized void unsubscribe(PluginHost subscriber) {
    for (var queue : byToken.values()) {
      if (queue.subscriber == subscriber) {
        queue.subscriber = null;
      }
    }
  }

  private final class Door implements Space {
    private final Owner owner;
    private boolean closed;

    Door(Owner owner) {
      this.owner = owner;
    }

    @Override
    public int register(byte[] name, int offset, int length, PluginHost subscriber) {
      return InProcessSharedQueues.this.register(
          owner, ByteKey.copyOf(name, offset, length), subscriber);
    }

    @Override
    public int resolve(String vmId, byte[] name, int offset, int length) {
      return InProcessSharedQueues.this.resolve(vmId, ByteKey.copyOf(name, offset, length));
    }

    @Override
    public WasmResult enqueue(int token, byte[] item, int offset, int length) {
      return InProcessSharedQueues.this.enqueue(token, item, offset, length);
    }

    @Override
    public WasmResult dequeue(int token, ByteSink item) {
      return InProcessSharedQueues.this.dequeue(token, item);
    }

    @Override
    public void unsubscribe(PluginHost subscriber) {
      InProcessSharedQueues.this.unsubscribe(subscriber);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        release(owner);
      }
    }
  }
}
