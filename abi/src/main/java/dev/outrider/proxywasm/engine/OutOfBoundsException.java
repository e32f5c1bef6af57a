package dev.outrider.proxywasm.engine;

import java.io.Serial;
import run.endive.runtime.WasmRuntimeException;

/// A guest's access outside its memory, on its way to becoming a [GuestTrapException].
final class OutOfBoundsException extends WasmRuntimeException {
  @Serial private static final long serialVersionUID = 1;

  OutOfBoundsException(int address, long size, int limit) {
    super(
        "out of bounds memory access: %d bytes at %d of a memory of %d bytes"
            .formatted(size, Integer.toUnsignedLong(address), limit));
  }
}
