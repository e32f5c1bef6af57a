/// `envoy.filters.http.dynamic_forward_proxy`: a request to a cluster whose endpoints requests name
/// waits until the name in its authority has an address.
///
/// Depends on `filter` (the contract), `dns` (the cache, which lives on the main loop),
/// `extension`, `cluster`, `routing` and the generated messages; everything but the provider runs
/// on the loop of the stream. Read
/// [ForwardProxyFilter][dev.outrider.proxy.filters.forwardproxy.ForwardProxyFilter] first.
@NullMarked
package dev.outrider.proxy.filters.forwardproxy;

import org.jspecify.annotations.NullMarked;
