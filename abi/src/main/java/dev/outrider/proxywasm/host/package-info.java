/// What an embedder supplies: one small interface per topic, the ABI's enums, and the two
/// process-wide things that guests use up (CPU time, memory).
///
/// Imports no other package of this library. Everything is called on the thread that runs the VM
/// unless it says otherwise: *reads* and *edits* from inside a guest's call, *effects* once no
/// guest is on the stack. Byte ranges handed to an implementation are lent for the call: they
/// usually lie in guest memory. An exception thrown by an implementation ends the VM and is logged
/// with its stack.
///
/// Read [HttpStreamHost] first, and [GuestDeadline] for the rule every guest lives under.
@NullMarked
package dev.outrider.proxywasm.host;

import org.jspecify.annotations.NullMarked;
