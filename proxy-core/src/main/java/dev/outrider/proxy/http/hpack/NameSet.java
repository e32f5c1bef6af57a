package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeaderName;

/// A few of the best-known names, to ask a [FieldReport] for all of them at once.
public final class NameSet {
  private final long bits;

  private NameSet(long bits) {
    this.bits = bits;
  }

  /// Throws `IllegalArgumentException` for a name that no report has.
  public static NameSet of(HeaderName... names) {
    var bits = 0L;
    for (var name : names) {
      if (!FieldReport.covers(name.key())) {
        throw new IllegalArgumentException("no report has '" + name + "'");
      }
      bits |= FieldReport.bit(name.key());
    }
    return new NameSet(bits);
  }

  long bits() {
    return bits;
  }
}
