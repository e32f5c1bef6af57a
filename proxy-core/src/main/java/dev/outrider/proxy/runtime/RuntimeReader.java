package dev.outrider.proxy.runtime;

/// The snapshot that counts on one loop. Confined to it.
public final class RuntimeReader {
  private RuntimeSnapshot current = RuntimeSnapshot.EMPTY;

  public RuntimeSnapshot current() {
    return current;
  }

  /// Takes a newer one.
  public void take(RuntimeSnapshot newer) {
    current = newer;
  }
}
