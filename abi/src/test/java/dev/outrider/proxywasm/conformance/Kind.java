package dev.outrider.proxywasm.conformance;

import java.util.Locale;

/// What a check puts to a function.
public enum Kind {
  /// It is used as meant.
  OK,
  /// A pointer lies outside the guest's memory.
  BAD_POINTER,
  /// A size reaches outside the guest's memory.
  BAD_SIZE,
  /// It is called in a root context, which has no stream.
  WRONG_CONTEXT,
  /// It is called when it may not be: by the allocator, in `proxy_on_log`.
  WRONG_PHASE,
  /// A number that the ABI does not define.
  UNKNOWN_ENUM,
  /// The guest traps afterwards: nothing that it asked for happens, and it is not called again.
  AFTER_FAILURE;

  /// As people write it: `bad pointer`.
  public String words() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
