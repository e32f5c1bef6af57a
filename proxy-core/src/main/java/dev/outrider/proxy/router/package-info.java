/// The fixed end of every request pass: route, pick, attempt, and what is answered if one of them
/// fails. Read [Router][dev.outrider.proxy.router.Router] first: it finds out where a request goes
/// and what its client gets. `Attempts` sends it there, once or again, and an `UpstreamRequest` is
/// one of them; `RoutedRequest` is what they all know of it.
///
/// Depends on `upstream`, `routing`, `stream`, `http`, `loop`; sees neither filters nor the
/// downstream side but through [RouterHost][dev.outrider.proxy.router.RouterHost]. Runs on the loop
/// of the stream.
@NullMarked
package dev.outrider.proxy.router;

import org.jspecify.annotations.NullMarked;
