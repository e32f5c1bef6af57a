/// Guest calls host: one class per topic of the ABI. Marshals, checks, calls the SPI; nothing else.
///
/// Depends on `guest`, `engine` and `host`. Knows no VM: a host function gets a [HostCall], the
/// frame of one guest's calls, and reaches the context it acts on through it. Runs on the thread
/// that runs the guest, inside its call; catches nothing, since a kill must pass through.
///
/// Start with [HostCall], then any topic class, for instance [HeaderImports].
@NullMarked
package dev.outrider.proxywasm.imports;

import org.jspecify.annotations.NullMarked;
