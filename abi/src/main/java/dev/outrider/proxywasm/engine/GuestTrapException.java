package dev.outrider.proxywasm.engine;

import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The guest ended abnormally. Its instance must be discarded: nothing restores the guest's stack
/// pointer or its allocator.
public final class GuestTrapException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /// What ended the guest.
  public enum Kind {
    /// `unreachable`, division by zero, a bad indirect call, an uncaught Wasm exception.
    TRAP,
    /// Access outside linear memory.
    OUT_OF_BOUNDS,
    /// The guest's recursion used up the thread's stack.
    STACK_OVERFLOW,
    /// CPU or wall budget burnt.
    DEADLINE,
    /// Linear memory refused by the process's memory budget.
    OUT_OF_MEMORY,
    /// Host code threw something unforeseen: a bug of the host; see the cause.
    HOST
  }

  private final Kind kind;
  private final transient List<String> guestStack;

  public GuestTrapException(
      Kind kind, String message, List<String> guestStack, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.guestStack = List.copyOf(guestStack);
  }

  public Kind kind() {
    return kind;
  }

  /// Names of the guest's functions, innermost first; `func 12` where the module has no name.
  public List<String> guestStack() {
    return guestStack;
  }
}
