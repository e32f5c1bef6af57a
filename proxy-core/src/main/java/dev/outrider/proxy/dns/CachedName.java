package dev.outrider.proxy.dns;

/// A name of a [DnsCache] that has an address. Held by every loop that has asked for it.
public final class CachedName {
  // The main loop's word.
  private volatile boolean known = true;

  // Nanoseconds; written by every loop, the last one counts.
  private volatile long usedNanos;

  CachedName(long nanos) {
    usedNanos = nanos;
  }

  /// Says that a request goes there. False if it is not known any more: it has to be asked for
  /// again.
  ///
  /// @param nanos the time now
  public boolean use(long nanos) {
    usedNanos = nanos;
    return known;
  }

  /// False if it has to be asked for again.
  public boolean known() {
    return known;
  }

  long usedNanos() {
    return usedNanos;
  }

  void forget() {
    known = false;
  }
}
