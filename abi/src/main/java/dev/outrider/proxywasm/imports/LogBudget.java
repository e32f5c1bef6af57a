package dev.outrider.proxywasm.imports;

/// How many lines of the running second are left to one plugin, and how many were too many. Belongs
/// to the VM's thread.
final class LogBudget {
  private static final long SECOND = 1_000_000_000;

  private final int linesPerSecond;
  private long secondBegan;
  private int written;
  private long dropped;

  LogBudget(int linesPerSecond) {
    this.linesPerSecond = linesPerSecond;
  }

  /// Whether one more line may be written; it counts either way.
  boolean admit(long nanos) {
    if (nanos - secondBegan >= SECOND) {
      secondBegan = nanos;
      written = 0;
    }
    if (written < linesPerSecond) {
      written++;
      return true;
    }
    dropped++;
    return false;
  }

  /// Whether there are lines dropped of which nobody has spoken.
  boolean owesWord() {
    return dropped > 0;
  }

  /// The number to speak of, once the second in which they were dropped is over; then it is
  /// forgotten. 0 if there is nothing to say yet.
  long takeDropped(long nanos) {
    return nanos - secondBegan >= SECOND ? takeDropped() : 0;
  }

  long takeDropped() {
    long lines = dropped;
    dropped = 0;
    return lines;
  }

  int linesPerSecond() {
    return linesPerSecond;
  }
}
