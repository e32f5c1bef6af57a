package dev.outrider.proxywasm.engine;

/// Makes a guest's stack overflow happen before work that must not stop half-way.
///
/// A guest chooses how deep it recurses, and so where in the host its stack ends. Most host code
/// can end anywhere, since the VM ends with it; what changes things that outlive the VM asks first.
/// On the guest's thread.
public final class StackReserve {
  private static final int FRAMES = 250;

  private StackReserve() {}

  /// Throws StackOverflowError unless some ten kilobytes of stack are left. Costs about a
  /// microsecond: for calls that are rare or dear.
  public static void require() {
    var _ = descend(FRAMES, 1, 2, 3);
  }

  /// The numbers are there to be kept over the call, which makes the frames larger.
  private static long descend(int frames, long a, long b, long c) {
    return frames == 0 ? a : descend(frames - 1, b, c, a + frames) + (a ^ b) + c;
  }
}
