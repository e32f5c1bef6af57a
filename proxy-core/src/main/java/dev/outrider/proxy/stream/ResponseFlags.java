package dev.outrider.proxy.stream;

/// The flags of one response, in the order in which they were raised: that is the order in which
/// Envoy logs them (`URX,UT`). One thread; no allocation.
public final class ResponseFlags {
  private static final ResponseFlag[] BY_BIT = ResponseFlag.values();
  private static final int ORDER_BITS = 5;
  private static final int LOWEST = (1 << ORDER_BITS) - 1;
  // More than twelve flags do not fit into the order; Envoy never raises more than three.
  private static final int MOST = 12;

  private long bits;
  private long order;
  private int count;

  public void raise(ResponseFlag flag) {
    if (has(flag)) {
      return;
    }
    bits |= 1L << flag.bit();
    if (count < MOST) {
      order |= (long) flag.bit() << (count * ORDER_BITS);
      count++;
    }
  }

  public boolean has(ResponseFlag flag) {
    return (bits & 1L << flag.bit()) != 0;
  }

  public boolean isEmpty() {
    return bits == 0;
  }

  /// Envoy's bit set.
  public long bits() {
    return bits;
  }

  public int count() {
    return count;
  }

  /// The flag raised as number `index`.
  public ResponseFlag at(int index) {
    return BY_BIT[(int) (order >>> (index * ORDER_BITS)) & LOWEST];
  }

  void clear() {
    bits = 0;
    order = 0;
    count = 0;
  }
}
