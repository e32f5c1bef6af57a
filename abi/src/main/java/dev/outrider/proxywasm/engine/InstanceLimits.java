package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.host.MemoryPool;

/// What one instance may use. `maxPages` (64 KiB each) caps `memory.grow`, which then answers -1; a
/// smaller maximum declared by the module wins. Linear memory comes from `pool`.
public record InstanceLimits(int maxPages, MemoryPool pool) {}
