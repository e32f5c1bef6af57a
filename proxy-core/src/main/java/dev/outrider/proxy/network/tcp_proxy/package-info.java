/// `envoy.filters.network.tcp_proxy`: the end of a chain that forwards bytes without looking at
/// them, each client over a connection of its own.
///
/// Depends on `filter.network` (the contract), `upstream`, `routing` (the choice among clusters),
/// `extension`, `stream`, `metrics` and the generated message; everything but the provider runs on
/// the loop of the connection. Read
/// [TcpProxyProvider][dev.outrider.proxy.network.tcp_proxy.TcpProxyProvider] first, then
/// [TcpProxy][dev.outrider.proxy.network.tcp_proxy.TcpProxy].
///
/// What happens to the client (all as seen on Envoy 1.40):
///
/// | event | client | flags | `%DOWNSTREAM_LOCAL_CLOSE_REASON%` |
/// |---|---|---|---|
/// | cluster unknown | closed at once; counted as `downstream_cx_no_route` | NC | `tcp_initializion_failure:3` |
/// | no endpoint | closed at once | UH | `tcp_initializion_failure:1` |
/// | circuit breaker of connections | closed at once | UO | `tcp_initializion_failure:2` |
/// | connect fails or times out, attempts left | tried again, perhaps elsewhere, after a wait if `backoff_options` says so | UF | - |
/// | ... no attempts left | closed at once | UF,URX | `tcp_initializion_failure:0` |
/// | service ends its direction | its direction is ended | - | - |
/// | service is gone | closed once everything has left | - | - |
/// | service resets | reset | UR | - |
/// | client is gone | the service is closed once everything has left (`upstream_flush_*`) | - | - |
/// | client resets | the service is reset | - | - |
/// | nothing moves for `idle_timeout`, from the beginning on | closed at once | - | `tcp_session_idle_timeout` |
/// | `max_downstream_connection_duration` | closed at once | DT | `max_connection_duration_reached` |
///
/// Nothing is read from the client until its service is connected. A client whose endpoint or
/// cluster disappears from the configuration keeps its connection, as in Envoy.
@NullMarked
package dev.outrider.proxy.network.tcp_proxy;

import org.jspecify.annotations.NullMarked;
