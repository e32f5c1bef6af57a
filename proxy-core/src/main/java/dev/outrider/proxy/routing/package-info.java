/// Which route a request takes: data and matching, no I/O.
///
/// Records say what was configured; [dev.outrider.proxy.routing.RouteTable] compiles them into an
/// index once. Depends on `http`, `attributes` (byte-keyed maps) and `cluster` (priority).
/// Immutable, any thread. Read first: [dev.outrider.proxy.routing.RouteTable].
@NullMarked
package dev.outrider.proxy.routing;

import org.jspecify.annotations.NullMarked;
