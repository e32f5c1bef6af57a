/// `envoy.filters.network.connection_limit`: how many connections a chain may have at a time, over
/// all workers.
///
/// Depends on `filter.network` (the contract), `extension`, `metrics` and the generated message;
/// everything but the provider runs on the loop of the connection. Read
/// [ConnectionLimit][dev.outrider.proxy.network.connection_limit.ConnectionLimit] first.
@NullMarked
package dev.outrider.proxy.network.connection_limit;

import org.jspecify.annotations.NullMarked;
