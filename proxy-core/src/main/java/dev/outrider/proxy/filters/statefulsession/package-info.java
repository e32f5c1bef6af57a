/// `envoy.filters.http.stateful_session`: requests of one session go to the host that answered its
/// first, as long as that may be used. The session is in a cookie or a header, so that nobody has
/// to remember it.
///
/// Depends on `filter` (the contract), `extension`, `routing` (how a cookie is written), `loop` and
/// the generated messages; everything but the provider runs on the loop of the stream. Read
/// [StatefulSessionFilter][dev.outrider.proxy.filters.statefulsession.StatefulSessionFilter] first.
@NullMarked
package dev.outrider.proxy.filters.statefulsession;

import org.jspecify.annotations.NullMarked;
