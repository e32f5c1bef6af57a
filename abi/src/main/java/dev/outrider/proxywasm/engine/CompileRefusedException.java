package dev.outrider.proxywasm.engine;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// The bytes are not a module that can run here. The message is a sentence for the author of the
/// filter: which module, what was found, what to do.
public final class CompileRefusedException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  public CompileRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
