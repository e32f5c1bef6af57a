package dev.outrider.proxywasm.host;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Linear memory for all guests of the process: arrays by size class, under one byte budget.
///
/// Any thread may call it; nothing locks. An array that comes back is zeroed by the executor, never
/// on the thread that returns it.
public final class MemoryPool {
  /// One Wasm page.
  public static final int PAGE_BYTES = 1 << 16;

  /// Largest memory that fits a Java array.
  public static final int MAX_PAGES = 32_767;

  @SuppressWarnings("ArrayRecordComponent") // the array is the subject, never compared
  private record Dirty(byte[] array, int written) {}

  private final long budgetBytes;
  private final long keepBytes;
  private final Executor zeroing;
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicLong idleBytes = new AtomicLong();
  private final ConcurrentLinkedQueue<Dirty> dirty = new ConcurrentLinkedQueue<>();
  private final List<ConcurrentLinkedQueue<byte[]>> clean =
      IntStream.range(0, 32).mapToObj(_ -> new ConcurrentLinkedQueue<byte[]>()).toList();

  /// `budgetBytes` covers everything handed out; at most `keepBytes` of returned arrays wait for
  /// their next user. `zeroing` runs [#sweep] after each return.
  public MemoryPool(long budgetBytes, long keepBytes, Executor zeroing) {
    this.budgetBytes = budgetBytes;
    this.keepBytes = keepBytes;
    this.zeroing = zeroing;
  }

  /// A zeroed array of at least `pages`, rounded up to a size class (a power of two, or one and a
  /// half of it) where the budget allows; null if it does not allow even `pages`.
  public byte @Nullable [] take(int pages) {
    int rounded = sizeClass(pages);
    if (rounded != pages && (clean.get(queueOf(rounded)).isEmpty() && !fits(rounded))) {
      rounded = pages;
    }
    return takeExactly(rounded);
  }

  /// Takes `array` back; only its first `written` bytes may differ from zero. The caller must not
  /// touch it again.
  public void giveBack(byte[] array, int written) {
    heldBytes.addAndGet(-array.length);
    if (array.length == 0 || !isSizeClass(array.length)) {
      return;
    }
    if (idleBytes.addAndGet(array.length) > keepBytes) {
      idleBytes.addAndGet(-array.length);
      return;
    }
    dirty.add(new Dirty(array, written));
    zeroing.execute(this::sweep);
  }

  /// Zeroes what has come back and makes it available.
  public void sweep() {
    for (var next = dirty.poll(); next != null; next = dirty.poll()) {
      Arrays.fill(next.array, 0, next.written, (byte) 0);
      clean.get(queueOf(next.array.length / PAGE_BYTES)).add(next.array);
    }
  }

  /// Bytes that guests hold now.
  public long heldBytes() {
    return heldBytes.get();
  }

  /// The most that guests may hold together.
  public long budgetBytes() {
    return budgetBytes;
  }

  private boolean fits(int pages) {
    return heldBytes.get() + (long) pages * PAGE_BYTES <= budgetBytes;
  }

  private byte @Nullable [] takeExactly(int pages) {
    long bytes = (long) pages * PAGE_BYTES;
    if (heldBytes.addAndGet(bytes) > budgetBytes) {
      heldBytes.addAndGet(-bytes);
      return null;
    }
    var idle = sizeClass(pages) == pages ? clean.get(queueOf(pages)).poll() : null;
    if (idle != null) {
      idleBytes.addAndGet(-bytes);
      return idle;
    }
    try {
      return new byte[(int) bytes];
    } catch (OutOfMemoryError _) { // the budget is a promise that the heap could not keep
      heldBytes.addAndGet(-bytes);
      return null;
    }
  }

  /// 1, 2, 3, 4, 6, 8, 12, 16 ... pages: at most a third is reserve.
  static int sizeClass(int pages) {
    if (pages <= 2) {
      return pages;
    }
    int power = Integer.highestOneBit(pages - 1) << 1;
    int between = power / 4 * 3;
    return Math.min(pages <= between ? between : power, MAX_PAGES);
  }

  private static boolean isSizeClass(int bytes) {
    return sizeClass(bytes / PAGE_BYTES) == bytes / PAGE_BYTES;
  }

  private static int queueOf(int pages) {
    int log = 31 - Integer.numberOfLeadingZeros(Math.max(1, pages));
    return Math.min(31, 2 * log + (Integer.bitCount(pages) > 1 ? 1 : 0));
  }
}
