/// In-process shared data and shared queues, usable as they are: one of each for the whole process.
///
/// Depends on `host` only. The stores are thread-safe and hold their locks for a map operation at
/// most, never while a guest or a subscriber runs; a space belongs to one VM's thread.
///
/// Start with [InProcessSharedData].
@NullMarked
package dev.outrider.proxywasm.shared;

import org.jspecify.annotations.NullMarked;
