/// Which route a request takes: data and matching, no I/O.
///
/// Records say what was configured; [dev.outrider.proxy.routing.RouteTable] compiles them into an
/// index once: [RouteCondition][dev.outrider.proxy.routing.RouteCondition] becomes a
/// [ConditionTest][dev.outrider.proxy.routing.ConditionTest] over bytes, and so do the others.
/// Depends on `http`, `attributes` (byte-keyed maps), `stream` (what is known about the request)
/// and `cluster` (priority, metadata). Immutable, any thread. Read first:
/// [dev.outrider.proxy.routing.RouteTable].
@NullMarked
package dev.outrider.proxy.routing;

import org.jspecify.annotations.NullMarked;
