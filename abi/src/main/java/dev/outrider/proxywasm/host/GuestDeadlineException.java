package dev.outrider.proxywasm.host;

import java.io.Serial;

/// The guest on this thread has burnt its budget. Thrown by [GuestDeadline#check] only, again and
/// again until the guest has left the stack: nobody may catch it on the way.
public final class GuestDeadlineException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  GuestDeadlineException(String message) {
    super(message);
  }
}
