/// What an embedder supplies: one small interface per topic, the ABI's enums, and the two
/// process-wide things that guests use up (CPU time, memory).
///
/// Imports no other package of this library. Read [GuestDeadline] for the rule every guest lives
/// under.
@NullMarked
package dev.outrider.proxywasm.host;

import org.jspecify.annotations.NullMarked;
