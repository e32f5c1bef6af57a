/// A host for tests: runs a real filter without a proxy and shows what it did.
///
/// For filter authors (start with [GuestHarness]) and for this library's own tests ([Wat]). Depends
/// on the public packages only, and on the text-format assembler for [Wat]. One thread.
@NullMarked
package dev.outrider.proxywasm.testkit;

import org.jspecify.annotations.NullMarked;
