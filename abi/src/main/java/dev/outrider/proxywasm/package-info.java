/// What an embedder holds: module, VM, plugin context, stream context and their specs.
///
/// Depends on all other packages of this library. Read [FilterModule] first.
@NullMarked
package dev.outrider.proxywasm;

import org.jspecify.annotations.NullMarked;
