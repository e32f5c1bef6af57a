package dev.outrider.proxy.http;

/// The causes that hold one producer at this moment, as a bit set. Owned by one loop.
public final class HoldSet {
  private int causes;

  /// Returns true if nothing held before: the producer has to stop now.
  public boolean hold(Hold cause) {
    var before = causes;
    causes |= cause.bit();
    return before == 0;
  }

  /// Returns true if this was the last cause: the producer may go on now.
  public boolean release(Hold cause) {
    var before = causes;
    causes &= ~cause.bit();
    return before != 0 && causes == 0;
  }

  public boolean held() {
    return causes != 0;
  }

  public boolean heldBy(Hold cause) {
    return (causes & cause.bit()) != 0;
  }

  public void clear() {
    causes = 0;
  }
}
