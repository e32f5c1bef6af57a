/// Parsers of `route.v3`: from a route configuration to a [dev.outrider.proxy.routing.RouteTable].
///
/// May use `core`, `extension`, `routing` and lower floors. Main loop. Read
/// [dev.outrider.proxy.xds.route.RouteParser] first.
@NullMarked
package dev.outrider.proxy.xds.route;

import org.jspecify.annotations.NullMarked;
