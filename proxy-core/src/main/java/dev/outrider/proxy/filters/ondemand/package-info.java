/// `envoy.filters.http.on_demand`: a request whose routes are asked for only when somebody wants
/// them, waits until they are there.
///
/// Depends on `filter` (the contract) and `extension`; everything but the provider runs on the loop
/// of the stream. Read [OnDemandFilter][dev.outrider.proxy.filters.ondemand.OnDemandFilter] first.
@NullMarked
package dev.outrider.proxy.filters.ondemand;

import org.jspecify.annotations.NullMarked;
