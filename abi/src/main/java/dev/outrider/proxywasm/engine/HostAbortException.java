package dev.outrider.proxywasm.engine;

import java.io.Serial;

/// Thrown by host code to end the running guest on purpose (`proc_exit`, a forbidden callback).
///
/// It passes unchanged through the guest's frames and out of [WasmInstance]'s `call`; the instance
/// is unusable afterwards. Subclass it to say why.
public abstract class HostAbortException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  protected HostAbortException(String message) {
    super(message);
  }
}
