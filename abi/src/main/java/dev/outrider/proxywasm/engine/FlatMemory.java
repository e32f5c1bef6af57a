package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.host.MemoryPool;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import run.endive.runtime.ConstantEvaluators;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.TrapException;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.PassiveDataSegment;

/// Linear memory as one `byte[]`: the fastest layout measured, and open to single-copy transfers.
///
/// The array comes from the [MemoryPool] and may be longer than the memory (growth in steps of a
/// half); every access is checked against the memory's own size, and what lies beyond it is zero.
/// Confined to the thread that runs the guest.
public final class FlatMemory implements Memory {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte[] NONE = {};

  private final MemoryPool pool;
  private final MemoryLimits declared;
  private final int maxPages;
  private byte[] bytes;
  // In bytes; a multiple of the page size, at most bytes.length.
  private int size;
  private DataSegment[] segments = {};

  /// Takes `declared.initialPages()` from the pool.
  ///
  /// @throws GuestTrapException (OUT_OF_MEMORY) if the cap or the pool's budget does not allow it
  FlatMemory(MemoryLimits declared, InstanceLimits limits) {
    this.pool = limits.pool();
    this.declared = declared;
    this.maxPages =
        Math.min(Math.min(limits.maxPages(), declared.maximumPages()), MemoryPool.MAX_PAGES);
    this.bytes = NONE;
    int pages = declared.initialPages();
    if (pages > maxPages) {
      throw MemoryRefusal.aboveCap(pages, maxPages);
    }
    if (pages > 0 && !reserve(pages)) {
      throw MemoryRefusal.overBudget(pages, pool);
    }
    this.size = pages * MemoryPool.PAGE_BYTES;
  }

  /// The bytes, valid until the guest runs again. Only the first [#sizeBytes] belong to the guest.
  public byte[] array() {
    return bytes;
  }

  /// Size of the guest's memory in bytes: below 2 GiB, hence an `int`.
  public int sizeBytes() {
    return size;
  }

  /// Gives the array back; the memory is empty from then on.
  void release() {
    var returned = bytes;
    int written = size;
    bytes = NONE;
    size = 0;
    if (returned.length > 0) {
      pool.giveBack(returned, written);
    }
  }

  @Override
  public int pages() {
    return size / MemoryPool.PAGE_BYTES;
  }

  @Override
  public int grow(int delta) {
    int before = pages();
    if (delta < 0 || delta > maxPages - before) {
      return -1;
    }
    int wanted = before + delta;
    if ((long) wanted * MemoryPool.PAGE_BYTES > bytes.length && !reserve(wanted)) {
      return -1;
    }
    size = wanted * MemoryPool.PAGE_BYTES;
    return before;
  }

  private boolean reserve(int pages) {
    StackReserve.require();
    int generous = size == 0 ? pages : Math.min(maxPages, Math.max(pages, pages() / 2 * 3));
    var larger = pool.take(generous);
    if (larger == null && generous > pages) {
      larger = pool.take(pages);
    }
    if (larger == null) {
      return false;
    }
    System.arraycopy(bytes, 0, larger, 0, size);
    var former = bytes;
    bytes = larger;
    // Last: were this to fail (the guest's stack may end here), the array must not have two owners.
    if (former.length > 0) {
      pool.giveBack(former, size);
    }
    return true;
  }

  @Override
  public int initialPages() {
    return declared.initialPages();
  }

  @Override
  public int maximumPages() {
    return maxPages;
  }

  @Override
  public boolean shared() {
    return false;
  }

  private int checked(int address, int width) {
    if (address < 0 || address > size - width) {
      throw new OutOfBoundsException(address, width, size);
    }
    return address;
  }

  private void checkRange(int address, int length) {
    if ((address | length) < 0 || address > size - length) {
      throw new OutOfBoundsException(address, Integer.toUnsignedLong(length), size);
    }
  }

  @Override
  public byte read(int address) {
    return bytes[checked(address, 1)];
  }

  @Override
  public short readShort(int address) {
    return (short) SHORT.get(bytes, checked(address, Short.BYTES));
  }

  @Override
  public long readU16(int address) {
    return Short.toUnsignedLong(readShort(address));
  }

  @Override
  public int readInt(int address) {
    return (int) INT.get(bytes, checked(address, Integer.BYTES));
  }

  @Override
  public long readLong(int address) {
    return (long) LONG.get(bytes, checked(address, Long.BYTES));
  }

  @Override
  public long readF32(int address) {
    return readInt(address);
  }

  @Override
  public float readFloat(int address) {
    return Float.intBitsToFloat(readInt(address));
  }

  @Override
  public long readF64(int address) {
    return readLong(address);
  }

  @Override
  public double readDouble(int address) {
    return Double.longBitsToDouble(readLong(address));
  }

  @Override
  public void writeByte(int address, byte value) {
    bytes[checked(address, 1)] = value;
  }

  @Override
  public void writeShort(int address, short value) {
    SHORT.set(bytes, checked(address, Short.BYTES), value);
  }

  @Override
  public void writeI32(int address, int value) {
    INT.set(bytes, checked(address, Integer.BYTES), value);
  }

  @Override
  public void writeLong(int address, long value) {
    LONG.set(bytes, checked(address, Long.BYTES), value);
  }

  @Override
  public void writeF32(int address, float value) {
    writeI32(address, Float.floatToRawIntBits(value));
  }

  @Override
  public void writeF64(int address, double value) {
    writeLong(address, Double.doubleToRawLongBits(value));
  }

  @Override
  public byte[] readBytes(int address, int length) {
    checkRange(address, length);
    return Arrays.copyOfRange(bytes, address, address + length);
  }

  @Override
  public void write(int address, byte[] data, int offset, int length) {
    checkRange(address, length);
    if ((offset | length) < 0 || offset > data.length - length) {
      throw new OutOfBoundsException(offset, Integer.toUnsignedLong(length), data.length);
    }
    System.arraycopy(data, offset, bytes, address, length);
  }

  @Override
  public void copy(int target, int source, int length) {
    checkRange(target, length);
    checkRange(source, length);
    System.arraycopy(bytes, source, bytes, target, length);
  }

  @Override
  public void fill(byte value, int from, int to) {
    if (from < 0 || to < from || to > size) {
      throw new OutOfBoundsException(from, (long) to - from, size);
    }
    Arrays.fill(bytes, from, to, value);
  }

  /// Nothing to do: a fresh memory is zero, and the engine asks before it initialises only.
  @Override
  public void zero() {}

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments) {
    initialize(instance, dataSegments, 0);
  }

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments, int memoryIndex) {
    segments = dataSegments;
    for (int i = 0; i < dataSegments.length; i++) {
      if (dataSegments[i] instanceof ActiveDataSegment active && active.index() == memoryIndex) {
        int at =
            (int) ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions())[0];
        write(at, active.data(), 0, active.data().length);
        drop(i);
      }
    }
  }

  @Override
  public void initPassiveSegment(int segment, int target, int offset, int length) {
    write(target, segments[segment].data(), offset, length);
  }

  @Override
  public void drop(int segment) {
    segments[segment] = PassiveDataSegment.EMPTY;
  }

  // Shared memory is refused at load, so no second thread can wait or be woken.

  @Override
  @SuppressWarnings("removal") // still abstract in this version of the engine
  public Object lock(int address) {
    return this;
  }

  @Override
  @SuppressWarnings("removal") // still abstract in this version of the engine
  public int waitOn(int address, int expected, long timeout) {
    throw new TrapException("expected shared memory");
  }

  @Override
  @SuppressWarnings("removal") // still abstract in this version of the engine
  public int waitOn(int address, long expected, long timeout) {
    throw new TrapException("expected shared memory");
  }

  @Override
  @SuppressWarnings("removal") // still abstract in this version of the engine
  public int notify(int address, int maxThreads) {
    return 0;
  }
}
