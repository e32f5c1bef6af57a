package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.engine.HostAbortException;
import java.io.Serial;

/// The guest called `proc_exit`.
public final class GuestExitException extends HostAbortException {
  @Serial private static final long serialVersionUID = 1;

  private final int code;

  GuestExitException(int code) {
    super("proc_exit(" + code + ")");
    this.code = code;
  }

  /// What the guest exited with.
  public int code() {
    return code;
  }
}
