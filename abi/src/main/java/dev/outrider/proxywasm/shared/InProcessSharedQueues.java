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
  private final int maxItems;
  private final long maxBytes;

  // All guarded by this.
  private final Map<String, Owner> owners = new HashMap<>();
  private final Map<Integer, Queue> byToken = new HashMap<>();
  private int lastToken;

  /// The queues of one `vm_id`.
  private static final class Owner {
    final String vmId;
    final Map<ByteKey, Queue> queues = new HashMap<>();
    int users;

    Owner(String vmId) {
      this.vmId = vmId;
    }
  }

  private static final class Queue {
    final int token;
    final ArrayDeque<byte[]> items = new ArrayDeque<>();
    long bytes;
    @Nullable PluginHost subscriber;

    Queue(int token) {
      this.token = token;
    }
  }

  /// A queue that holds `maxItems` items or `maxBytes` bytes refuses more.
  public InProcessSharedQueues(int maxItems, long maxBytes) {
    this.maxItems = maxItems;
    this.maxBytes = maxBytes;
  }

  @Override
  public synchronized Space open(String vmId) {
    var owner = owners.computeIfAbsent(vmId, Owner::new);
    owner.users++;
    return new Door(owner);
  }

  private synchronized void release(Owner owner) {
    if (--owner.users == 0) {
      owners.remove(owner.vmId, owner);
      owner.queues.values().forEach(queue -> byToken.remove(queue.token));
    }
  }

  private synchronized int register(Owner owner, ByteKey name, PluginHost subscriber) {
    var queue = owner.queues.get(name);
    if (queue == null) {
      queue = new Queue(++lastToken);
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

  private WasmResult enqueue(int token, byte[] item) {
    @Nullable PluginHost subscriber;
    synchronized (this) {
      var queue = byToken.get(token);
      if (queue == null) {
        return WasmResult.NOT_FOUND;
      }
      if (queue.items.size() >= maxItems || queue.bytes + item.length > maxBytes) {
        return WasmResult.INTERNAL_FAILURE;
      }
      queue.items.add(item);
      queue.bytes += item.length;
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
      queue.bytes -= item.length;
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
      return InProcessSharedQueues.this.enqueue(
          token, Arrays.copyOfRange(item, offset, offset + length));
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
