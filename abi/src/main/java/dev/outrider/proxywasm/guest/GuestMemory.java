package dev.outrider.proxywasm.guest;

import dev.outrider.proxywasm.engine.FlatMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Bounds-checked access to a guest's memory for host calls. A bad pointer is an answer (`false`,
/// `-1`), never a Java exception.
///
/// Pointers and sizes are unsigned 32-bit numbers in an `int`, as the guest passed them. Belongs to
/// the thread that runs the guest. Nothing here keeps the array: the guest may grow its memory
/// whenever it runs.
public final class GuestMemory {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /// The guest's own allocator (`malloc` or `proxy_on_memory_allocate`).
  @FunctionalInterface
  public interface Allocator {
    /// Runs the guest; returns the block's address, 0 if it has none.
    int allocate(int size);
  }

  private final FlatMemory memory;
  private final Allocator allocator;

  public GuestMemory(FlatMemory memory, Allocator allocator) {
    this.memory = memory;
    this.allocator = allocator;
  }

  /// The guest's bytes: valid until the guest runs again (the allocator included). Check [#inRange]
  /// before indexing: the array may be longer than the memory.
  public byte[] array() {
    return memory.array();
  }

  /// Whether `len` bytes at `ptr` lie in memory. An empty range may end exactly at the end.
  public boolean inRange(int ptr, int len) {
    return Integer.toUnsignedLong(ptr) + Integer.toUnsignedLong(len) <= memory.sizeBytes();
  }

  /// False if out of range.
  public boolean writeU8(int ptr, int value) {
    if (!inRange(ptr, 1)) {
      return false;
    }
    memory.array()[ptr] = (byte) value;
    return true;
  }

  /// False if out of range.
  public boolean writeU32(int ptr, int value) {
    if (!inRange(ptr, Integer.BYTES)) {
      return false;
    }
    INT.set(memory.array(), ptr, value);
    return true;
  }

  /// False if out of range.
  public boolean writeU64(int ptr, long value) {
    if (!inRange(ptr, Long.BYTES)) {
      return false;
    }
    LONG.set(memory.array(), ptr, value);
    return true;
  }

  /// The number at `ptr`, or -1 if out of range.
  public long readU32(int ptr) {
    return inRange(ptr, Integer.BYTES)
        ? Integer.toUnsignedLong((int) INT.get(memory.array(), ptr))
        : -1;
  }

  /// Copies host bytes into the guest; false if the destination is out of range.
  public boolean copyIn(int ptr, byte[] source, int offset, int length) {
    if (!inRange(ptr, length)) {
      return false;
    }
    System.arraycopy(source, offset, memory.array(), ptr, length);
    return true;
  }

  /// Copies guest bytes out; false if the source is out of range.
  public boolean copyOut(int ptr, byte[] target, int offset, int length) {
    if (!inRange(ptr, length)) {
      return false;
    }
    System.arraycopy(memory.array(), ptr, target, offset, length);
    return true;
  }

  /// Asks the guest for `size` bytes that it will own. 0 if it has none or answers with a block
  /// outside its memory. Never ask for 0 bytes: Go's allocator panics on it.
  public int allocate(int size) {
    if (size <= 0) {
      throw new IllegalArgumentException("allocation of " + size + " bytes");
    }
    int block = allocator.allocate(size);
    return inRange(block, size) ? block : 0;
  }

  /// Hands `length` bytes to the guest as a block of its own, and its address and size at `ptrAt`
  /// and `sizeAt`; nothing is allocated for an empty value (address 0). False if a pointer is bad
  /// or the guest has no memory: then nothing was written. proxy-wasm reference 3.1.
  public boolean writePair(int ptrAt, int sizeAt, byte[] source, int offset, int length) {
    int block = reservePair(ptrAt, sizeAt, length);
    if (block < 0) {
      return false;
    }
    if (length > 0) {
      System.arraycopy(source, offset, memory.array(), block, length);
    }
    return true;
  }

  /// As [#writePair], but leaves filling the block to the caller (before the guest runs again).
  /// Returns the block's address, 0 for an empty value, -1 on failure.
  public int reservePair(int ptrAt, int sizeAt, int length) {
    if (!inRange(ptrAt, Integer.BYTES) || !inRange(sizeAt, Integer.BYTES)) {
      return -1;
    }
    int block = length == 0 ? 0 : allocate(length);
    if (length > 0 && block == 0) {
      return -1;
    }
    writeU32(ptrAt, block);
    writeU32(sizeAt, length);
    return block;
  }
}
