/// What an expected failure is: a value that says what happened, on whose side, and whether trying
/// again is safe.
///
/// Depends on nothing. Immutable, any thread. Read first: [dev.outrider.proxy.error.ProxyError].
@NullMarked
package dev.outrider.proxy.error;

import org.jspecify.annotations.NullMarked;
