/// The immutable parts of a configuration snapshot: what the parsers produce and what workers hold.
/// Records and sealed choices only; no protobuf, no I/O, no state.
///
/// May use `routing`, `cluster`, `tls`, `filter`, `attributes`, `stream`. Built on the main loop,
/// read by every worker without a lock. "Changed" means "not the same object": an unchanged
/// resource keeps its identity from one change to the next.
///
/// Read [ConfigChange] first, then [ListenerConfig].
@NullMarked
package dev.outrider.proxy.config;

import org.jspecify.annotations.NullMarked;
