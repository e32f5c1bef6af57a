package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.engine.GuestTrapException.Kind;
import dev.outrider.proxywasm.host.MemoryPool;
import java.util.List;

/// The sentences for a memory that an instance cannot have.
final class MemoryRefusal {
  private MemoryRefusal() {}

  static GuestTrapException aboveCap(int pages, int maxPages) {
    return new GuestTrapException(
        Kind.OUT_OF_MEMORY,
        "the module starts with %d pages (64 KiB each), the limit is %d: raise the limit or build the module with a smaller initial memory"
            .formatted(pages, maxPages),
        List.of(),
        null);
  }

  static GuestTrapException overBudget(int pages, MemoryPool pool) {
    return new GuestTrapException(
        Kind.OUT_OF_MEMORY,
        "no memory for %d pages (64 KiB each): guests hold %d of the %d bytes they may use together"
            .formatted(pages, pool.heldBytes(), pool.budgetBytes()),
        List.of(),
        null);
  }
}
