package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.engine.HostAbortException;
import java.io.Serial;

/// The guest called a host function that may not be called now; Envoy's word for it is
/// `restricted_callback`.
public final class RestrictedCallException extends HostAbortException {
  @Serial private static final long serialVersionUID = 1;

  RestrictedCallException(String function, GuestWindow window) {
    super(
        switch (window) {
          case CALLBACK -> "restricted_callback: " + function;
          case STARTING ->
              "restricted_callback: "
                  + function
                  + " may not be called before the module has started";
          case ALLOCATING ->
              "restricted_callback: " + function + " may not be called by the allocator";
        });
  }
}
