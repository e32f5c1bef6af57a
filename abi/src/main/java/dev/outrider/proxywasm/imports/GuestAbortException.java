package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.engine.HostAbortException;
import java.io.Serial;

/// The guest called `env.abort`, or an import that the host does not know.
public final class GuestAbortException extends HostAbortException {
  @Serial private static final long serialVersionUID = 1;

  GuestAbortException(String message) {
    super(message);
  }
}
