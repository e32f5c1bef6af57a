package dev.outrider.proxywasm;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// A module cannot become a filter here. The message is one sentence for its author: which module,
/// what was found, what to do.
public final class ModuleRefusedException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /// @param message which module, what is wrong with it, what to do
  public ModuleRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
