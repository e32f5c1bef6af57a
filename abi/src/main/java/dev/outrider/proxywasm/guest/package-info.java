/// Host calls guest, and the wire shapes both agree on: exports, memory access, header pairs,
/// property paths, ABI version.
///
/// Depends on `engine` and `host`. Runs on the thread that runs the guest. Read [GuestMemory]
/// first.
@NullMarked
package dev.outrider.proxywasm.guest;

import org.jspecify.annotations.NullMarked;
